"""What is no longer configured is closed with its history and its pages, once."""

from __future__ import annotations

from typing import Any

from leadline.model import Finding, Incident, IncidentState, TransitionKind

Told = Any


def nothing_is_planned(_incident: Incident, _failing: Finding) -> bool:
    return False


def test_closing_what_is_unplanned_tells_who_was_told_of_the_beginning(told: Told) -> None:
    opened = told.commit("failed").incident
    told.targets = ["somebody-else"]
    [closed] = told.records.close_unplanned(is_planned=nothing_is_planned, now=told.turn(minutes=4))
    assert closed.incident_id == opened.incident_id
    assert told.records.incident(opened.incident_id) == closed
    assert closed.state is IncidentState.RESOLVED
    assert [one.kind for one in told.records.transitions(opened.incident_id)] == [
        TransitionKind.OPEN,
        TransitionKind.RESOLVE,
    ]
    assert ("resolve", "oncall", "pending") in told.ledger()
    assert "somebody-else" not in {target for _, target, _ in told.ledger()}


def test_closing_twice_changes_nothing_more(told: Told) -> None:
    told.commit("failed")
    told.records.close_unplanned(is_planned=nothing_is_planned, now=told.turn(minutes=1))
    before = told.records.newest_position()
    assert told.records.close_unplanned(is_planned=nothing_is_planned, now=told.turn(minutes=1)) == []
    assert told.records.newest_position() == before


def test_what_is_planned_stays_open(told: Told) -> None:
    told.commit("failed")
    assert told.records.close_unplanned(is_planned=lambda *_: True, now=told.turn(minutes=1)) == []
    assert [one.state for one in told.records.incidents()] == [IncidentState.OPEN]


def test_an_acknowledged_incident_of_a_removed_cohort_is_closed_too_and_a_new_failure_opens_another(told: Told) -> None:
    opened = told.commit("failed").incident
    told.records.acknowledge(opened.incident_id, by="ada", now=told.turn(seconds=5))
    [closed] = told.records.close_unplanned(is_planned=nothing_is_planned, now=told.turn(minutes=1))
    assert closed.state is IncidentState.RESOLVED
    again = told.commit("failed")
    assert again.transition is TransitionKind.OPEN
    assert again.incident.incident_id != opened.incident_id
