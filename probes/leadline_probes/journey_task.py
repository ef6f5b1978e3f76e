"""The author's function as a task: what it raises, why it did not end, and the tasks that it left running.

A journey is code of others in our event loop: nothing that it does may end the loop, or act in another journey's run.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page

from leadline.journeys import Failure, Journey, Run
from leadline.model.runs import Cause, RunStatus
from leadline_probes.patience import is_waiting_for_browser
from leadline_probes.places import place_of_task
from leadline_probes.run_log import RunLog

# A cancelled journey ends at once, unless it catches that.
STOP_TIMEOUT_S = 2.0


async def call_author(journey: Journey, run: Run, page: Page) -> BaseException | None:
    """What no `except Exception` takes is handed on by hand: a task that raises SystemExit or KeyboardInterrupt ends
    the event loop and the worker with it, and `pytest.fail` raises such a thing too."""
    try:
        await journey.function(run, page)
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exited:
        return exited
    return None


def judge_unfinished(
    task: asyncio.Task[BaseException | None], *, folder: Path, step: str | None, after_s: float
) -> Failure:
    """Whether a journey that did not end within `after_s` waited for its page, which is the site's, or for itself."""
    place = place_of_task(task, folder)
    where = f' in step "{step}"' if step else ""
    after = f"after {after_s:g} s{f' ({place})' if place else ''}"
    if is_waiting_for_browser(task):
        return Failure(RunStatus.FAILED, Cause.TIMEOUT, f"still waiting for the page{where} {after}")
    return Failure(RunStatus.ABORTED, Cause.DEADLINE, f"the journey did not end{where}: still waiting {after}")


async def end_left_tasks(folder: Path, log: RunLog) -> None:
    """Cancels what the journey started and left running: it would act, print and fail in another journey's run."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    left = [(task, place) for task in tasks if (place := place_of_task(task, folder)) is not None]
    for task, place in left:
        task.cancel()
        log.note(f"the journey left a task running ({place}): it is cancelled now")
    if left:
        await asyncio.wait([task for task, _ in left], timeout=STOP_TIMEOUT_S)
