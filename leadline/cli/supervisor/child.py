"""One service as a child process: how it is started, its output, and how it is stopped.

Each child has its own process group, so that a Ctrl-C on the terminal reaches only the supervisor, which
then drains them in order. The child ends by itself when the supervisor dies (LEADLINE_PARENT_PID, workers/lifeline).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable
from pathlib import Path

from leadline.plain_text import as_log_line

LAST_WORDS = 30  # lines of a child's output that are kept for the message about its death
LONGEST_LINE = 8192  # characters; a longer line is passed on in parts
STARTED_AGAIN = "LEADLINE_STARTED_AGAIN"


class Child:
    """A running service. `exit_code` resolves when the process and its output have ended."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, say: Callable[[str, str], None]) -> None:
        self.name = name
        self.pid = process.pid
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._process = process
        self._say = say
        self._output = asyncio.create_task(self._pass_on_output())

    @classmethod
    async def start(
        cls, name: str, settings_file: Path, say: Callable[[str, str], None], *, is_again: bool = False
    ) -> Child:
        """Starts `python -m leadline NAME -c FILE`, without the caller's folder on its import path (-P).

        On a restart, the child uses the settings that were in force, if FILE is broken by then.
        """
        environment = os.environ | {"LEADLINE_PARENT_PID": str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        if is_again:
            environment[STARTED_AGAIN] = "1"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "leadline", name, "-c", str(settings_file)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            process_group=0,
        )
        return cls(name, process, say)

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def exit_code(self) -> int:
        """Waits for the end; a negative code is the signal that killed it."""
        code = await self._process.wait()
        # A grandchild that outlives the child may keep the pipe open: don't wait for its output.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._output), 0.5)
        self._output.cancel()
        return code

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; nothing happens if the process has ended."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _pass_on_output(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        rest = ""
        decoder = getincrementaldecoder("utf-8")("replace")
        while chunk := await stream.read(65536):
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            if len(rest) > LONGEST_LINE:
                lines, rest = [*lines, rest], ""
            for line in lines:
                self._pass_on(line)
        if rest:
            self._pass_on(rest)

    def _pass_on(self, line: str) -> None:
        clean = as_log_line(line.rstrip("\r"))  # a log line may contain text from strangers
        self.last_words.append(clean)
        self._say(self.name, clean)


def describe_end(code: int) -> str:
    """ "ended with exit code 1" or "was killed by SIGKILL"."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
