"""Runs a program from its argument list, never through a shell, and ends it with all its processes at the timeout.

The program's own end counts: a process that it leaves in the background, with its output open, is not waited for. A
program that writes without end costs no memory: of its output the end is kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from leadline.clock import new_id

__all__ = ["Ended", "run_program"]

# For a page and for a log; longer output says nothing more to a person.
MOST_OUTPUT = 64 * 1024
# For an answer that is parsed: etcd, and so a Kubernetes object, has a limit of 1.5 MiB (etcd.io, system limits).
MOST_ANSWER = 8 * 1024 * 1024
# What an ended program wrote is in the pipe already; a process in the background may hold the pipe open for ever.
REST_WITHIN_S = 0.5
# Every process that the program starts inherits it, also one that left the session.
MARK = "LEADLINE_PROGRAM"


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit code (None: it could not be started, or had to be killed), the end of all its output, and its standard
    output alone, which may be parsed."""

    code: int | None
    output: str
    answer: str = ""


class _Listener(asyncio.Protocol):
    """Keeps the end of one stream, at most `most` bytes."""

    def __init__(self, most: int, *, also: _Listener | None = None) -> None:
        self._most = most
        self._also = also
        self._kept = bytearray()
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > 2 * self._most:
            del self._kept[: -self._most]
        if self._also is not None:
            self._also.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    @property
    def text(self) -> str:
        return self._kept[-self._most :].decode("utf-8", "replace").replace("\0", "")


class _Pipe:
    """A pipe whose writing end the program gets; what it writes goes to the listener."""

    def __init__(self, listener: _Listener) -> None:
        self.listener = listener
        self._reading, self.writing = os.pipe()
        self._transport: asyncio.ReadTransport | None = None

    async def listen(self) -> None:
        """After the start: the program alone holds the writing end."""
        os.close(self.writing)
        reading = os.fdopen(self._reading, "rb", buffering=0)  # the transport closes it
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: self.listener, reading)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            return
        os.close(self.writing)
        os.close(self._reading)


async def run_program(
    command: Sequence[str], *, folder: str, timeout_s: float, environ: Mapping[str, str] | None = None
) -> Ended:
    """Runs the program in its own session, so that its processes end with it."""
    mark = new_id()
    said = _Listener(MOST_OUTPUT)
    answer = _Listener(MOST_ANSWER, also=said)
    pipes = [_Pipe(answer), _Pipe(said)]
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env={**os.environ, **(environ or {}), MARK: mark},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipes[0].writing,
                stderr=pipes[1].writing,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return Ended(None, f"{command[0]} can't be started: {error}")
        try:
            async with asyncio.timeout(timeout_s):
                for pipe in pipes:
                    await pipe.listen()
                await process.wait()
        except TimeoutError:
            _kill(process, mark)
            await process.wait()
            return Ended(None, f"{command[0]} did not end within {timeout_s:g} s and was killed")
        except asyncio.CancelledError:
            _kill(process, mark)
            raise
        await asyncio.wait([said.ended, answer.ended], timeout=REST_WITHIN_S)
        return Ended(process.returncode, said.text, answer.text)
    finally:
        for pipe in pipes:
            pipe.close()


def _kill(process: asyncio.subprocess.Process, mark: str) -> None:
    """The session, then what left it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in _marked(mark):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _marked(mark: str) -> list[int]:
    """Processes with the mark in their environment. Only Linux shows it; elsewhere the session is all that is found."""
    said = f"{MARK}={mark}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if said in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return found
