"""Runs one test under `@pytest.mark.journey` by pytest, in a process of its own, and reads the result it leaves.

The test may be sync, use fixtures, conftest.py and plugins: none of that can live in the worker's event loop. Costs a
Python, a driver and a browser each time, some two seconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from leadline import clock
from leadline.model.results import result_of
from leadline.model.runs import Cause, RunResult, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline_probes.masking import mask_of
from leadline_probes.patience import soft_deadline_s
from leadline_probes.secret_values import secrets_of_run

ASKED = "LEADLINE_TEST_ASKED"
RESULT = "LEADLINE_TEST_RESULT"
PLUGIN = "leadline_probes.monitored_test"

_LAST_LINES = 3


async def run_test(asked: RunAsked) -> RunResult:
    """The result. Never raises for what the test does."""
    started_at = clock.now()
    with tempfile.TemporaryDirectory(prefix="leadline-test-") as folder:
        place = Path(folder, "result")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", f"{asked.journey.path}::{asked.journey.test}", "-q", "--no-header"),
            # Options of the suite's own (many at once, reruns, reports) are for people; a monitor runs one test once.
            *("-o", "addopts=", "-p", "no:cacheprovider", "-p", PLUGIN, "--rootdir", asked.import_folder),
            cwd=asked.import_folder,
            env={**os.environ, ASKED: msgspec.json.encode(asked).decode(), RESULT: str(place)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), soft_deadline_s(asked.journey.deadline_s))
        except TimeoutError:
            await _kill(process)
            message = f"the test did not end within {soft_deadline_s(asked.journey.deadline_s):g} s"
            return _aborted(asked, Cause.DEADLINE, message, started_at)
        except BaseException:
            await _kill(process)
            raise
        if (result := _read(place)) is not None:
            return result
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip(" =")]
    return _aborted(asked, Cause.PROBE_FAULT, f"pytest ran no test: {'; '.join(lines[-_LAST_LINES:])}", started_at)


def _read(place: Path) -> RunResult | None:
    return msgspec.msgpack.decode(place.read_bytes(), type=RunResult) if place.exists() else None


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _aborted(asked: RunAsked, cause: Cause, message: str, started_at: datetime) -> RunResult:
    return result_of(
        asked.context,
        RunStatus.ABORTED,
        started_at=started_at,
        finished_at=clock.now(),
        cause=cause,
        error_message=mask_of(secrets_of_run(asked)).text(message)[:400],
    )
