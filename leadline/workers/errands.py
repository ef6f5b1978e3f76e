"""Short-lived processes for work without a browser: listing journeys, and doing the cleanups of a dead run.

A user's file may block or end the process when it is imported; this affects only that file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from leadline import clock
from leadline.model.monitors import JourneySpec
from leadline.model.worker_messages import (
    CleanUpAsked,
    CleanupFinished,
    DiscoverAsked,
    Discovered,
    Importing,
    JourneyProblem,
)
from leadline.workers.aborted import describe_death
from leadline.workers.process import WorkerProcess

MODULE = "leadline_probes.errand"

# Importing Playwright for `expect` takes half a second; a file that takes longer than this is not just imported, it
# does work.
IMPORT_DEADLINE_S = 15.0
CLEANUP_DEADLINE_S = 60.0
# The process has nothing to save.
_GRACE_S = 2.0


async def discover_journeys(
    paths: Sequence[Path], import_folder: Path, *, import_deadline_s: float = IMPORT_DEADLINE_S
) -> tuple[list[JourneySpec], list[JourneyProblem]]:
    """Journeys and problems; a file that blocks or kills the process is one problem, the others are read anyway."""
    lost: list[JourneyProblem] = []
    while True:
        outcome = await _discover_once(paths, import_folder, [problem.path for problem in lost], import_deadline_s)
        if isinstance(outcome, Discovered):
            return outcome.journeys, [*outcome.problems, *lost]
        lost.append(outcome)
        if not outcome.path:
            return [], lost


async def clean_up(*, cleanup_id: str, function: str, arguments: bytes, import_folder: Path) -> str | None:
    """Call the function in a process of its own; the error, None when it was done."""
    process = await WorkerProcess.start(MODULE)
    try:
        process.say(
            CleanUpAsked(
                request_id=clock.new_id(),
                cleanup_id=cleanup_id,
                function=function,
                arguments=arguments,
                import_folder=str(import_folder),
            )
        )
        async with asyncio.timeout(CLEANUP_DEADLINE_S):
            while (said := await process.hear()) is not None:
                if isinstance(said, CleanupFinished):
                    return said.error
        return describe_death(await process.settle(within_s=_GRACE_S))
    except TimeoutError:
        return f"it did not end within {CLEANUP_DEADLINE_S:g} s"
    finally:
        await process.kill()


async def _discover_once(
    paths: Sequence[Path], import_folder: Path, skip: list[str], import_deadline_s: float
) -> Discovered | JourneyProblem:
    """All journeys, or the problem of the file that ended the process; without a path, nothing could be read."""
    process = await WorkerProcess.start(MODULE)
    importing = ""
    try:
        process.say(DiscoverAsked(clock.new_id(), [str(path) for path in paths], str(import_folder), skip))
        while True:
            async with asyncio.timeout(import_deadline_s):
                said = await process.hear()
            match said:
                case Discovered():
                    await process.close(grace_s=_GRACE_S)
                    return said
                case Importing():
                    importing = said.path
                case None:
                    code = await process.settle(within_s=_GRACE_S)
                    reason = f"the file ends the process when imported: {describe_death(code)}"
                    return JourneyProblem(importing, 1, reason if importing else process.last_words or reason)
                case _:
                    continue
    except TimeoutError:
        return JourneyProblem(
            importing,
            1,
            f"importing the file does not end within {import_deadline_s:g} s",
            "a journey file declares; what takes time belongs into the journey's function",
        )
    finally:
        await process.kill()
