"""What comes and goes is one incident with a count: two pages at most tell that it began, and two that it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.model import IncidentState, TransitionKind

Told = Any
QUIET = timedelta(seconds=30)


def accept_all(told: Told) -> list[str]:
    said = []
    while claimed := told.claim():
        for one in claimed:
            said.append(str(one.transition))
            told.accept(one)
    return said


def test_what_fails_again_soon_after_its_end_is_the_same_incident_and_rings_again(told: Told) -> None:
    first = told.commit("failed", quiet=QUIET)
    accept_all(told)
    told.commit("passed", quiet=QUIET)
    assert accept_all(told) == ["resolve"]
    again = told.commit("failed", quiet=QUIET)
    assert again.transition is TransitionKind.OPEN
    assert again.incident.incident_id == first.incident.incident_id
    assert again.incident.turns == 1
    assert accept_all(told) == ["open"]
    assert len({row.idempotency_key for row in told.records.notifications()}) == 3


def test_twenty_turns_in_two_minutes_are_one_incident_and_four_pages(told: Told) -> None:
    said = []
    for _ in range(20):
        told.commit("failed", quiet=QUIET)
        said += accept_all(told)
        told.commit("passed", quiet=QUIET)
        said += accept_all(told)
    assert said == ["open", "resolve", "open"]
    [incident] = told.records.incidents()
    assert (incident.turns, incident.state, incident.findings) == (19, IncidentState.OPEN, ())
    told.turn(seconds=29)
    assert told.records.end_quiet_incidents(told.now) == []
    told.turn(seconds=1)
    assert len(told.records.end_quiet_incidents(told.now)) == 1
    assert accept_all(told) == ["resolve"]
    assert not told.records.has_quiet_incidents()


def test_after_a_quiet_time_a_failure_is_an_incident_of_its_own(told: Told) -> None:
    told.commit("failed", quiet=QUIET)
    told.commit("passed", quiet=QUIET)
    told.turn(seconds=31)
    told.commit("failed", quiet=QUIET)
    assert len(told.records.incidents()) == 2


def test_an_end_that_was_not_delivered_before_it_came_back_is_not_sent_any_more(told: Told) -> None:
    told.commit("failed", quiet=QUIET)
    accept_all(told)
    told.commit("passed", quiet=QUIET)
    told.commit("failed", quiet=QUIET)
    assert accept_all(told) == ["open"]
    rows = {(row.turn, str(row.transition)): row for row in told.records.notifications()}
    assert rows[0, "resolve"].combined_into == rows[1, "open"].notification_id


def test_a_cohort_that_comes_and_goes_while_another_fails_is_told_once(told: Told) -> None:
    told.commit("failed", cohort="canary", quiet=QUIET)
    accept_all(told)
    told.commit("failed", cohort="baseline", quiet=QUIET)
    assert accept_all(told) == ["change"]
    for _ in range(3):
        told.commit("passed", cohort="baseline", quiet=QUIET)
        told.commit("failed", cohort="baseline", quiet=QUIET)
        assert accept_all(told) == []


def test_a_clock_that_was_set_back_keeps_no_incident_open(told: Told) -> None:
    for status in ("failed", "passed", "failed", "passed"):
        told.commit(status, quiet=QUIET)
    told.turn(days=-1)
    assert len(told.records.end_quiet_incidents(told.now)) == 1


def test_a_time_read_just_before_a_run_was_committed_ends_nothing(told: Told) -> None:
    for status in ("failed", "passed", "failed", "passed"):
        told.commit(status, quiet=QUIET)
    assert told.records.end_quiet_incidents(told.now - timedelta(milliseconds=1)) == []
