"""Finds blind monitors: no run judges the site, so nobody knows whether the site works. Pure.

A blind monitor is never green. The finding names the cause and the remedy, because the site is not at fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.incidents.spans import write_span
from leadline.model import Cause, Finding, Severity

__all__ = ["Sight", "blind_after_s", "find_blindness"]

# A monitor may miss two slots (a restart, a long run) before it counts as blind.
INTERVALS_WITHOUT_RESULT = 3
# The pool has already repeated an aborted run if that could help: twice in a row is no accident.
ABORTED_RUNS = 2
_REMEDIES = {
    Cause.DEADLINE: "The journey waits for something other than the page: see log.txt of its run.",
    Cause.WORKER_DIED: "See the scheduler's log, and whether the machine has memory left.",
    Cause.BROWSER_CRASHED: "See log.txt of its run, and whether the machine has memory left.",
    Cause.PROBE_FAULT: "Correct what the message names, on the machine that runs the scheduler.",
    Cause.SCHEDULER_STOPPED: "See the scheduler's log for why it ends.",
    Cause.STILL_RUNNING: "Give it a longer `every` or a shorter deadline.",
    Cause.MISSED: "Give the machine more processors, or [scheduler] more workers.",
    Cause.RUN_LIMIT: "Raise its max_runs_per_hour, or give it a longer `every`.",
    Cause.CONFIGURATION: "Correct its configuration: leadline validate.",
}
_MOST_CAUSE = 120
_NO_RUN = "See the scheduler's log: no run of it has ended."
_MISSING_SECRET = "Set it in the environment of the scheduler, and restart it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known about one monitor in one cohort and location: for how long no run has judged the site, since when,
    and how its runs have ended since (`unjudged`, of them `aborted`; `cause` and `message` of the last)."""

    cohort: str | None
    location: str
    severity: Severity
    every_s: float
    deadline_s: float
    since: datetime
    age_s: float
    unjudged: int = 0
    aborted: int = 0
    cause: Cause | None = None
    message: str | None = None


def blind_after_s(*, every_s: float, deadline_s: float) -> float:
    """How long a monitor may have no judged run: three intervals, and never less than a run may take."""
    return max(INTERVALS_WITHOUT_RESULT * every_s, every_s + deadline_s)


def find_blindness(sight: Sight) -> Finding | None:
    """The finding that it is not known whether the monitor's site works; None if it is known."""
    is_overdue = sight.age_s > blind_after_s(every_s=sight.every_s, deadline_s=sight.deadline_s)
    is_broken = sight.unjudged > 0 and sight.cause is Cause.CONFIGURATION
    if not (is_overdue or is_broken or sight.aborted >= ABORTED_RUNS):
        return None
    said = f"No run has judged it for {write_span(timedelta(seconds=sight.age_s))}"
    return Finding(
        since=sight.since,
        cohort=sight.cohort,
        location=sight.location,
        severity=sight.severity,
        summary="can't be seen",
        cause=sight.cause,
        error_message=f"{said}: {sight.message}" if sight.message else said,
        remedy=_say_remedy(sight),
        shared_cause=f"blind: {sight.message[:_MOST_CAUSE]}" if sight.message else None,
    )


def _say_remedy(sight: Sight) -> str:
    if sight.cause is None:
        return _NO_RUN
    if sight.message and "is not set" in sight.message:
        return _MISSING_SECRET
    return _REMEDIES.get(sight.cause, _NO_RUN)
