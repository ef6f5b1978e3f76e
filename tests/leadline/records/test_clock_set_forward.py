"""A wall clock that is set forward makes nothing early: what is planned is moved along with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import RouteRule, Routing

Told = Any
HOUR = timedelta(hours=1)
ROUTING = Routing(
    targets=("oncall", "boss"),
    routes=(RouteRule(targets=("oncall",), escalate_after=timedelta(minutes=10), escalate_to=("boss",)),),
)


@pytest.fixture
def failing(told: Told) -> Told:
    told.records.commit_result(told.result("failed"), confirm=1, severity="critical", routing=ROUTING, now=told.now)
    return told


def step(told: Told) -> int:
    moved: int = told.records.move_plans(by=HOUR, now=told.now)
    told.now += HOUR
    return moved


def test_an_escalation_is_due_after_the_same_span_as_before(failing: Told) -> None:
    failing.accept(failing.claim()[0])
    failing.turn(minutes=4)
    assert step(failing) == 1
    failing.turn(minutes=5)
    assert failing.claim() == []
    failing.turn(minutes=1)
    assert [one.notification.target for one in failing.claim()] == ["boss"]


def test_a_lease_that_is_held_lasts_as_long_as_before(failing: Told) -> None:
    failing.claim()
    step(failing)
    failing.turn(seconds=10)
    assert failing.claim() == []
    failing.turn(seconds=10)
    assert [one.notification.is_maybe_duplicate for one in failing.claim()] == [True]


def test_the_pause_after_a_refusal_lasts_as_long_as_before(failing: Told) -> None:
    failing.refuse(failing.claim()[0], after_s=60)
    step(failing)
    failing.turn(seconds=59)
    assert failing.claim() == []
    failing.turn(seconds=2)
    assert [one.notification.target for one in failing.claim()] == ["oncall"]


def test_what_is_due_stays_due_and_has_waited_no_longer(failing: Told) -> None:
    failing.turn(seconds=3)
    [waiting] = failing.records.waiting(failing.now)
    age = failing.now - waiting.since
    step(failing)
    [waiting] = failing.records.waiting(failing.now)
    assert failing.now - waiting.since == age
    assert [one.incident.subject.name for one in failing.claim()] == ["checkout"]


def test_what_was_planned_since_the_step_is_left_as_it_is(failing: Told) -> None:
    failing.now += HOUR
    failing.commit("failed", name="search")
    failing.now -= HOUR
    due = {row.due_at for row in failing.records.notifications() if row.created_at > failing.now}
    step(failing)
    assert due == {row.due_at for row in failing.records.notifications() if row.created_at > failing.now - HOUR / 2}
    assert sorted(one.incident.subject.name for one in failing.claim()) == ["checkout", "search"]
