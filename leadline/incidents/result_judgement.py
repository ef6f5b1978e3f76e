"""Judges a result of a journey or check: its finding (run_findings.py), and the transition (transitions.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leadline.incidents.run_findings import FailedRun, find_in_run, subject_of_run
from leadline.incidents.transitions import Judgement, judge_findings
from leadline.model import Incident, RunResult, Severity

__all__ = ["MonitorMemory", "judge_run"]


@dataclass(frozen=True, slots=True)
class MonitorMemory:
    """The history before a result: the monitor's unresolved incident, and the unbroken chain of failed runs of this
    cohort and location, oldest first, since its last passed or degraded one."""

    incident: Incident | None
    failures: tuple[FailedRun, ...] = ()


def judge_run(
    memory: MonitorMemory,
    result: RunResult,
    *,
    confirm: int,
    severity: Severity,
    now: datetime,
    new_incident_id: str,
    lasts: timedelta = timedelta(),
    is_slow_wrong: bool = False,
) -> Judgement:
    """Judges one result. `confirm` failed runs in a row of one cohort in one location make the monitor's incident."""
    said = find_in_run(
        memory.incident,
        memory.failures,
        result,
        confirm=confirm,
        severity=severity,
        lasts=lasts,
        is_slow_wrong=is_slow_wrong,
    )
    judgement = judge_findings(
        memory.incident,
        said.observed,
        subject=subject_of_run(result),
        kind="failure",
        now=now,
        new_incident_id=new_incident_id,
    )
    return replace(judgement, needs_confirmation=said.needs_confirmation)
