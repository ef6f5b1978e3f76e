"""What is configurable about when an incident opens: how long a failure must last, and whether slow is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import Routing
from leadline.model import Cause, Incident, IncidentState

Told = Any
ROUTING = Routing(targets=("oncall",))


def run(told: Told, status: str, *, after_s: float = 60, severity: str = "critical", **how: Any) -> str:
    """The transition that a run makes, with '?' where it asks for a re-run."""
    told.turn(seconds=after_s)
    fields = {"cause": Cause.BUDGET, "error_message": "the journey took 7 s"} if status == "degraded" else {}
    judgement = told.records.commit_result(
        told.result(status, **fields), confirm=2, severity=severity, routing=ROUTING, now=told.now, **how
    )
    return f"{judgement.transition or ''}{'?' if judgement.needs_confirmation else ''}"


def newest(told: Told) -> Incident:
    found: Incident = told.records.incidents()[0]
    return found


def test_an_incident_opens_when_the_failure_has_lasted_long_enough(told: Told) -> None:
    lasts = {"lasts": timedelta(minutes=5)}
    assert run(told, "failed", **lasts) == "?"
    assert run(told, "failed", after_s=5, **lasts) == ""  # confirmed: its next slots tell
    assert [run(told, "failed", **lasts) for _ in range(4)] == ["", "", "", ""]
    assert run(told, "aborted", **lasts) == ""
    assert run(told, "failed", **lasts) == "open"
    assert newest(told).opened_at - newest(told).since >= timedelta(minutes=5)


def test_what_passes_before_that_opens_nothing_and_begins_anew(told: Told) -> None:
    lasts = {"lasts": timedelta(minutes=5)}
    for _ in range(3):
        run(told, "failed", **lasts)
    assert run(told, "passed", **lasts) == ""
    assert [run(told, "failed", **lasts) for _ in range(5)] == ["?", "", "", "", ""]
    assert told.records.incidents() == []


def test_degraded_is_well_unless_it_is_asked_for(told: Told) -> None:
    assert [run(told, "degraded") for _ in range(5)] == [""] * 5
    assert told.records.incidents() == []


def test_slow_runs_in_a_row_are_a_warning_that_a_passed_run_ends(told: Told) -> None:
    slow = {"is_slow_wrong": True}
    assert [run(told, "degraded", **slow) for _ in range(3)] == ["", "open", ""]
    assert (newest(told).severity, newest(told).title) == (
        "warning",
        "shop checkout is over its budget on 1.5.0 (canary)",
    )
    assert run(told, "passed", **slow) == "resolve"
    assert run(told, "degraded", **slow) == ""


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_what_is_slow_and_then_fails_is_a_change_and_well_again_where_it_is_only_slow(
    told: Told, severity: str
) -> None:
    slow = {"is_slow_wrong": True, "severity": severity}
    run(told, "degraded", **slow)
    run(told, "degraded", **slow)
    assert [run(told, "failed", **slow), run(told, "failed", **slow)] == ["?", "change"]
    assert newest(told).severity == severity
    assert "over its budget" not in newest(told).title
    assert run(told, "degraded", **slow) == "resolve"
    assert newest(told).state is IncidentState.RESOLVED


def test_a_failure_between_slow_runs_is_neither_confirmed_nor_counted_as_slow(told: Told) -> None:
    slow = {"is_slow_wrong": True}
    assert run(told, "degraded", **slow) == ""
    assert run(told, "failed", **slow) == "?"
    assert run(told, "degraded", **slow) == ""
    assert run(told, "failed", **slow) == "?"
    assert told.records.incidents() == []


def test_where_it_is_not_asked_for_any_more_the_warning_ends(told: Told) -> None:
    run(told, "degraded", is_slow_wrong=True)
    run(told, "degraded", is_slow_wrong=True)
    assert run(told, "degraded") == "resolve"
