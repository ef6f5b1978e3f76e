"""The meaning of an error in its run: the error itself, the pages' answers, and where the journey was."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from leadline.journeys import Failure, UnexpectedStatus
from leadline.model.runs import Cause, RunStatus
from leadline_probes.answered_pages import Viewer
from leadline_probes.causes import judge_error
from leadline_probes.interruption import Interrupted
from leadline_probes.places import place_of_error
from leadline_probes.run_log import RunLog

# For these the line in the author's file says more than any message.
_PLACED = {Cause.JOURNEY_ERROR, Cause.WORKER_DIED}


def judge_in_run(
    error: BaseException,
    *,
    cut_off: Failure | None,
    is_browser_alive: bool,
    viewer: Viewer,
    log: RunLog,
    folder: Path,
    deadline_s: float,
) -> Failure:
    """`cut_off` is why an unfinished journey was ended. The message is not masked yet; the log has the whole text."""
    if isinstance(error, asyncio.CancelledError) and cut_off is not None:
        failure = cut_off
    elif isinstance(error, Interrupted):
        said = f"stopped before its deadline of {deadline_s:g} s: {error}"
        failure = Failure(RunStatus.ABORTED, Cause.DEADLINE, said)
    else:
        failure = judge_error(error, is_browser_alive=is_browser_alive)
    log.note("".join(traceback.format_exception(error)))
    message = failure.message
    if failure is not cut_off and failure.cause in _PLACED and (place := place_of_error(error, folder)) is not None:
        message = f"{message} ({place})"
    bad = viewer.bad_answer
    if failure.status is RunStatus.FAILED and bad is not None and not isinstance(error, UnexpectedStatus):
        # The page was an error page: that is the cause; the missing element is the consequence.
        return Failure(RunStatus.FAILED, Cause.STATUS_CODE, f"{bad[1]} answered {bad[0]}; {message}")
    return Failure(failure.status, failure.cause, message)
