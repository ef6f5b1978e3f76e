"""The worker's end of the pipes to its parent, isolated from anything that a journey prints or closes.

Standard input and output are moved to other descriptors before any user code runs; anything that still writes to
descriptor 1 (a subprocess of a journey) goes to standard error, which the parent reads for the last words of a worker.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator

from leadline.model.results import result_of
from leadline.model.runs import Cause, RunResult, RunStatus
from leadline.model.worker_messages import (
    MAX_MESSAGE_BYTES,
    Ask,
    CheckAsked,
    RunAsked,
    RunFinished,
    Say,
    frame_message,
    read_ask,
)


class Channel:
    """Asks come in by `asks()`, one after another, until the parent closes its end; `say` writes one message."""

    def __init__(self) -> None:
        self._in = os.dup(0)
        self._out = os.dup(1)
        self._saying = threading.Lock()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    async def asks(self) -> AsyncIterator[Ask]:
        """Every message of the parent. Ends with the pipe."""
        reader = asyncio.StreamReader()
        pipe = os.fdopen(self._in, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            while True:
                try:
                    length = int.from_bytes(await reader.readexactly(4), "big")
                    if length > MAX_MESSAGE_BYTES:
                        return
                    body = await reader.readexactly(length)
                except asyncio.IncompleteReadError:
                    return
                yield read_ask(body)
        finally:
            transport.close()

    def finish(self, asked: RunAsked | CheckAsked, result: RunResult, *, is_spent: bool = False) -> None:
        """Sends the result. One that can't be encoded is replaced by one that says so: without an answer
        the parent and the worker's other runs would wait."""
        try:
            self.say(RunFinished(asked.request_id, result, is_spent=is_spent))
        except (UnicodeError, ValueError, TypeError) as error:
            self.say(RunFinished(asked.request_id, _unwritable(asked, result, error), is_replaced=True))

    def say(self, message: Say) -> None:
        """Writes the whole message. If the parent is gone, the lifeline ends this process, not an error here."""
        rest = memoryview(frame_message(message))
        try:
            with self._saying:  # the beating thread writes too
                while rest:
                    rest = rest[os.write(self._out, rest) :]
        except BrokenPipeError:
            os._exit(1)


def _unwritable(asked: RunAsked | CheckAsked, result: RunResult, error: Exception) -> RunResult:
    return result_of(
        asked,
        RunStatus.ABORTED,
        started_at=result.started_at,
        finished_at=result.finished_at,
        duration_ms=result.duration_ms,
        cause=Cause.PROBE_FAULT,
        error_message=f"the result ({result.status}) can't be written down: {type(error).__name__}",
    )
