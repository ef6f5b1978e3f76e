"""The sentence on what real users feel: the broken version beside the one that most others are on."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.model import Finding, Incident, IncidentState, Subject
from leadline_scheduler.impact import describe_impact


@pytest.fixture
def incident(turned_clock: Any) -> Incident:
    now = turned_clock.now()
    return Incident(
        incident_id="i", subject=Subject(kind="journey", name="checkout", app="shop"), title="", severity="critical",
        state=IncidentState.OPEN, since=now, opened_at=now, findings=(Finding(since=now, service_version="1.5.0"),),
    )  # fmt: skip


def row(version: str, sessions: float, hits: float, name: str = "bought") -> dict[str, Any]:
    return {"service_version": version, "name": name, "sessions": sessions, "sessions_with_event": hits}


def test_the_broken_version_stands_beside_the_one_with_most_users(incident: Incident) -> None:
    rows = [row("1.4.1", 9, 8), row("1.5.0", 21, 0), row("1.4.2", 18, 14), row("1.5.0", 21, 20, name="cart")]
    said = describe_impact(rows, incident, kpi="bought")
    assert said == "0 of 21 visitors of 1.5.0 had bought (1.4.2: 14 of 18)."


def test_too_few_are_not_spoken_of(incident: Incident) -> None:
    assert describe_impact([row("1.5.0", 4, 0), row("1.4.2", 100, 70)], incident, kpi="bought") is None
    said = describe_impact([row("1.5.0", 5, 0), row("1.4.2", 4, 3)], incident, kpi="bought")
    assert said == "0 of 5 visitors of 1.5.0 had bought."


def test_a_finding_without_a_version_blames_none(incident: Incident, turned_clock: Any) -> None:
    from dataclasses import replace

    nameless = replace(incident, findings=(Finding(since=turned_clock.now()),))
    assert describe_impact([row("1.5.0", 50, 0)], nameless, kpi="bought") is None
