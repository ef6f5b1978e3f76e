"""Runs one test under `@pytest.mark.journey` by pytest, in a process of its own, and reads the result it leaves.

The test may be sync, use fixtures, conftest.py and plugins: none of that can live in the worker's event loop. Costs a
Python, a driver and a browser each time, some two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec

from leadline import clock
from leadline.model.runs import Cause, RunResult
from leadline.model.worker_messages import RunAsked, StepStarted
from leadline.workers.aborted import Progress, abort_run
from leadline_probes.masking import mask_of
from leadline_probes.patience import soft_deadline_s
from leadline_probes.reporter import Reporter
from leadline_probes.secret_values import secrets_of_run
from leadline_probes.step_pipe import STEPS, read_steps

ASKED = "LEADLINE_TEST_ASKED"
RESULT = "LEADLINE_TEST_RESULT"
ENDS = "LEADLINE_TEST_ENDS"
PLUGIN = "leadline_probes.monitored_test"

_LAST_LINES = 3
# The test is interrupted when its time is over (cut_off.py); what is left until this share of the rest is over is for
# its evidence. Then it is killed, before its worker is.
_KILL_SHARE = 0.8


async def run_test(asked: RunAsked, reporter: Reporter) -> RunResult:
    """The result. Never raises because of the test."""
    started_at, started_s = clock.now(), clock.monotonic_s()
    deadline_s, soft_s = asked.journey.deadline_s, soft_deadline_s(asked.journey.deadline_s)
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="leadline-test-", ignore_cleanup_errors=True) as folder:
        place = Path(folder, "result")
        own = {ASKED: msgspec.json.encode(asked).decode(), RESULT: str(place), ENDS: str(started_s + soft_s)}
        async with _started(asked, {**own, "TMPDIR": folder}, reporter, progress) as process:
            try:
                said, _ = await asyncio.wait_for(process.communicate(), soft_s + (deadline_s - soft_s) * _KILL_SHARE)
            except TimeoutError:
                if (result := _read(place)) is not None:
                    return result  # judged in time, its evidence was not
                message = f"the test did not end within {soft_s:g} s, and neither did its evidence"
                return _aborted(asked, Cause.DEADLINE, message, started_at, progress)
        if (result := _read(place)) is not None:
            return result
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip(" =")]
    message = f"pytest ran no test: {'; '.join(lines[-_LAST_LINES:])}"
    return _aborted(asked, Cause.PROBE_FAULT, message, started_at, progress)


@contextlib.asynccontextmanager
async def _started(
    asked: RunAsked, own: dict[str, str], reporter: Reporter, progress: Progress
) -> AsyncIterator[asyncio.subprocess.Process]:
    """pytest with this one test, its steps followed; gone with all that it started when this ends."""
    steps, telling = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", f"{asked.journey.path}::{asked.journey.test}", "-q", "--no-header"),
            # Options of the suite's own (many at once, reruns, reports) are for people; a monitor runs one test once.
            *("-o", "addopts=", "-p", "no:cacheprovider", "-p", PLUGIN, "--rootdir", asked.import_folder),
            cwd=asked.import_folder,
            env={**os.environ, **own, STEPS: str(telling)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(telling,),
        )
    except BaseException:
        os.close(steps)
        raise
    finally:
        os.close(telling)
    following = asyncio.create_task(_follow(steps, reporter, progress))
    try:
        yield process
    finally:
        await _kill(process)
        await following


async def _follow(steps: int, reporter: Reporter, progress: Progress) -> None:
    async for said in read_steps(steps):
        progress.follow(said, now=clock.now())
        if isinstance(said, StepStarted):
            reporter.start_step(said.step)
        else:
            reporter.finish_step(said.step)


def _read(place: Path) -> RunResult | None:
    return msgspec.msgpack.decode(place.read_bytes(), type=RunResult) if place.exists() else None


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _aborted(asked: RunAsked, cause: Cause, message: str, started_at: datetime, progress: Progress) -> RunResult:
    text = mask_of(secrets_of_run(asked)).text(message)[:400]
    return abort_run(asked, cause, text, progress=progress, started_at=started_at, now=clock.now())
