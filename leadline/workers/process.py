"""One worker process, seen by its parent: messages in and out, its last output, and how it is ended.

The process has its own group, so that it can be killed with all its children; it dies with us by its
lifeline. Its temporary files are in a separate folder, which is removed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque

import msgspec

from leadline.errors import BrowserMissing, ProbeFault
from leadline.model.worker_messages import MAX_MESSAGE_BYTES, Ask, CannotStart, Ready, Say, frame_message, read_say
from leadline.workers.lifeline import PARENT_PID
from leadline.workers.process_tree import kill_tree
from leadline.workers.scratch import Scratch

# Starting Python, Playwright's driver and Chromium takes about one second; a machine under full load, many times that.
START_TIMEOUT_S = 60.0
# Enough for a traceback's last lines.
_LAST_WORDS = 20


# A worker beats every second (leadline_probes/signs_of_life.py). So many turns of ours without a word of it: it is
# stopped or hung; our own turns are counted, so that a parent that was held up itself does not blame its worker.
SILENT_TURNS = 8
_TURN_S = 1.0


class WorkerProcess:
    """Made by `start`. `hear` returns its messages, and None once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: Scratch | None) -> None:
        self._process = process
        self._scratch = scratch
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._listener = asyncio.create_task(self._listen())
        self.browser_version: str | None = None
        self.is_silent = False
        self._silent_turns = 0

    @classmethod
    async def start(cls, module: str) -> WorkerProcess:
        """A process that runs `python -P -m module`, at once; it need not be ready."""
        scratch = _open_scratch()
        own = {"TMPDIR": str(scratch.folder)} if scratch is not None else {}
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                env={**os.environ, PARENT_PID: str(os.getpid()), **own},
            )
        except BaseException:
            if scratch is not None:
                scratch.close()
            raise
        return cls(process, scratch)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal, as in subprocess; None while it lives."""
        return self._process.returncode

    @property
    def last_words(self) -> str:
        """The last line of its standard error. May hold what a journey printed: for start-up trouble only."""
        return next((line for line in reversed(self._words) if line.strip()), "")

    async def wait_until_ready(self) -> None:
        """BrowserMissing if it can never start here, ProbeFault if it did not start this time; either way it has
        ended.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                said = await self.hear()
        except TimeoutError:
            said = None
        if isinstance(said, Ready):
            self.browser_version = said.browser_version
            return
        await self.kill()
        if isinstance(said, CannotStart):
            raise BrowserMissing(said.message, hint=said.hint)
        raise ProbeFault(f"a worker did not start: {self.last_words or f'exit code {self.exit_code}'}")

    def say(self, message: Ask) -> None:
        """Send it; a process that is gone shows by `hear`."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._process.stdin.write(frame_message(message))

    async def hear(self) -> Say | None:
        """The next message; None when the process has ended or closed its end."""
        assert self._process.stdout is not None
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(4), "big")
            if length > MAX_MESSAGE_BYTES:
                return None
            said = read_say(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return None
        except msgspec.DecodeError:  # out of step: nothing that follows can be understood
            await self.kill()
            return None
        self._silent_turns = 0
        return said

    async def watch(self) -> None:
        """Kills it when its beats stop, while it should beat. `is_silent` tells that afterwards."""
        self._silent_turns = 0
        while self._silent_turns < SILENT_TURNS:
            await asyncio.sleep(_TURN_S)
            self._silent_turns += 1
        self.is_silent = True
        await self.kill()

    async def kill(self) -> int:
        """End it at once with everything it started; its exit code."""
        if self._process.returncode is None:
            kill_tree(self._process.pid)
        return await self._reap()

    async def settle(self, *, within_s: float) -> int:
        """Its exit code, once it has ended by itself; killed if it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self._reap()
        return await self.kill()

    async def close(self, *, grace_s: float) -> None:
        """Close the pipe, which tells it to end; kill it after `grace_s`."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self.settle(within_s=grace_s)

    async def _reap(self) -> int:
        code = await self._process.wait()
        await self._listener
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            await asyncio.to_thread(scratch.close)
        return code

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # a line longer than the reader's limit: its end comes with the next
                continue
            if not line:
                return
            self._words.append(line.decode(errors="replace").rstrip())


def _open_scratch() -> Scratch | None:
    """None on a disk that is full: whether a worker can live there, it says itself."""
    try:
        return Scratch.open()
    except OSError:
        return None
