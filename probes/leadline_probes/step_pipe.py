"""How the process of a monitored test tells its worker of the test's steps while they happen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import msgspec

from leadline.model.runs import StepResult
from leadline.model.worker_messages import StepFinished, StepStarted, frame_message, read_say

STEPS = "LEADLINE_TEST_STEPS"


class StepTeller:
    """The test's end. A worker that no longer listens changes nothing."""

    def __init__(self, descriptor: int) -> None:
        self._out = descriptor

    def start_step(self, step: str) -> None:
        self._say(StepStarted("", step))

    def finish_step(self, step: StepResult) -> None:
        self._say(StepFinished("", step))

    def _say(self, message: StepStarted | StepFinished) -> None:
        try:
            rest = memoryview(frame_message(message))
            while rest:
                rest = rest[os.write(self._out, rest) :]
        except (OSError, ValueError):
            return


async def read_steps(descriptor: int) -> AsyncIterator[StepStarted | StepFinished]:
    """The worker's end, which it gives away: every step, until the test's process has ended."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            said = read_say(await reader.readexactly(length))
            if isinstance(said, StepStarted | StepFinished):
                yield said
    except (asyncio.IncompleteReadError, msgspec.DecodeError):
        return
    finally:
        transport.close()
