"""A page that is repeated until somebody acknowledges: one row after the other, owed when the last was accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import RouteRule, Routing
from leadline.model import NotificationState, Receipt
from leadline.records import Claimed

Told = Any
ROUTING = Routing(
    targets=("oncall", "chat"), routes=(RouteRule(targets=("oncall",), repeat_every=timedelta(minutes=15)),)
)


def fail(told: Told, *names: str, cause: str | None = None) -> None:
    for name in names:
        told.records.commit_result(
            told.result("failed", name=name), confirm=1, severity="critical", routing=ROUTING, now=told.now,
            shared_cause=cause,
        )  # fmt: skip


def send(told: Told) -> list[str]:
    """The levels of what can be sent now; all of it is accepted."""
    claimed: list[Claimed] = told.claim()
    for one in claimed:
        told.records.record_receipt(
            one.notification.notification_id, Receipt(is_accepted=True, duration_ms=1), now=told.now,
            next_attempt_at=None, others=[other.notification for other in one.others],
        )  # fmt: skip
    return [f"{one.transition}/{one.notification.level}/{1 + len(one.others)}" for one in claimed]


@pytest.fixture
def paged(told: Told) -> Told:
    fail(told, "checkout")
    assert send(told) == ["open/first/1"]
    return told


def test_it_comes_again_after_its_pause_for_as_long_as_nobody_says_a_word(paged: Told) -> None:
    for _ in range(3):
        paged.turn(minutes=14)
        assert send(paged) == []
        paged.turn(minutes=1)
        assert send(paged) == ["open/repeat/1"]
    keys = [row.idempotency_key for row in paged.records.notifications()]
    assert len(set(keys)) == len(keys)


def test_it_ends_with_an_acknowledgement(paged: Told) -> None:
    paged.records.acknowledge(paged.records.incidents()[0].incident_id, by="ada", now=paged.now)
    assert send(paged) == ["acknowledge/first/1"]
    paged.turn(hours=1)
    assert send(paged) == []
    assert {str(row.state) for row in paged.records.notifications() if row.level == "repeat"} == {"given_up"}


def test_it_ends_with_the_incident_and_the_end_is_told_once(paged: Told) -> None:
    paged.turn(minutes=15)
    send(paged)
    paged.commit("passed")
    assert send(paged) == ["resolve/first/1"]
    paged.turn(hours=1)
    assert send(paged) == []


def test_a_repetition_that_waits_holds_up_no_change(paged: Told) -> None:
    paged.turn(seconds=5)
    paged.records.commit_result(
        paged.result("failed", cohort="baseline"), confirm=1, severity="critical", routing=ROUTING, now=paged.now
    )
    assert send(paged) == ["change/first/1"]


def test_what_shares_a_cause_is_repeated_in_one_message(told: Told) -> None:
    fail(told, "a", "b", "c", cause="host shop.example:443")
    assert send(told) == ["open/first/3"]
    told.turn(minutes=15)
    assert send(told) == ["open/repeat/3"]


def test_a_target_that_takes_nothing_is_not_owed_a_repetition(told: Told) -> None:
    fail(told, "checkout")
    [one] = told.claim()
    told.refuse(one)
    assert [row.level for row in told.records.notifications()] == ["first"]
    assert told.records.notifications()[0].state is NotificationState.FAILING
