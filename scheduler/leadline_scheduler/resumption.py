"""How a monitor continues after a restart: up to when its slots have rows, and whether it must run at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from leadline.model import RunResult, RunStatus
from leadline.records import LastResult
from leadline_scheduler.monitors import monitor_key

Remembered = TypeVar("Remembered", LastResult, RunResult)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """`accounted` None: it never ran. `confirms_run_id`: the failed run that still waits for its re-run."""

    accounted: datetime | None
    is_at_once: bool
    confirms_run_id: str | None


def index_by_monitor(results: Iterable[Remembered]) -> dict[tuple[str, str], Remembered]:
    """By monitor key and environment: a journey that moved to another environment starts afresh."""
    return {
        (
            monitor_key(one.monitor, one.app, one.name, cohort=one.cohort, location=one.location),
            one.environment,
        ): one
        for one in results
    }


def resume_monitor(*, before: LastResult | None, cut_off: RunResult | None, after: LastResult | None) -> Resumption:
    """A monitor that never ran, was cut off, or waits for its confirmation runs at once; others in their slot.

    `cut_off` is the run during which the last scheduler died; `before` and `after` are the last results without
    and with it. A cut-off run ends, in the records, only now: the gap counts from when it began.
    """
    known = [*([before.finished_at] if before else []), *([cut_off.started_at] if cut_off else [])]
    return Resumption(
        accounted=max(known, default=None),
        is_at_once=after is None or after.needs_confirmation or after.status is RunStatus.ABORTED,
        confirms_run_id=after.unconfirmed_run_id if after else None,
    )
