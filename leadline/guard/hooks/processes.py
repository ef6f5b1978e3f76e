"""Runs a program from its argument list, never through a shell, and ends it with all its processes at the timeout."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Ended", "run_program"]

MOST_OUTPUT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit code (None: it could not be started, or had to be killed) and its output."""

    code: int | None
    output: str


async def run_program(
    command: Sequence[str], *, folder: str, timeout_s: float, environ: Mapping[str, str] | None = None
) -> Ended:
    """Runs the program in its own session, so that its processes end with it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return Ended(None, f"{command[0]} can't be started: {error}")
    try:
        async with asyncio.timeout(timeout_s):
            output, _ = await process.communicate()
    except TimeoutError:
        _kill(process)
        await process.wait()
        return Ended(None, f"{command[0]} did not end within {timeout_s:g} s and was killed")
    except asyncio.CancelledError:
        _kill(process)
        raise
    return Ended(process.returncode, output[-MOST_OUTPUT:].decode("utf-8", "replace").replace("\0", ""))


def _kill(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
