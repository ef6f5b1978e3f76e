"""Many that failed together end in a message with a count; each target that was sent an opening hears of each end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import RouteRule, Routing
from leadline.model import NotificationState, Receipt, TransitionKind
from leadline.records import Claimed, EndPace, Records

Told = Any
MANY = EndPace(limit=3)
HOSTS = [f"host-{number}" for number in range(8)]


def names(claimed: Claimed) -> list[str]:
    return sorted(one.incident.subject.name for one in (claimed, *claimed.others))


def accept(told: Told, claimed: Claimed) -> None:
    told.records.record_receipt(
        claimed.notification.notification_id,
        Receipt(is_accepted=True, duration_ms=1),
        now=told.now,
        next_attempt_at=None,
        attempt=claimed.notification.attempts,
        others=[one.notification for one in claimed.others],
    )


def fail(told: Told, *hosts: str) -> None:
    for name in hosts:
        told.hand_in(told.result("failed", name=name), shared_cause=f"host {name}.example:443")


def heal(told: Told, *hosts: str) -> None:
    for name in hosts:
        told.hand_in(told.result("passed", name=name))


@pytest.fixture
def down(told: Told) -> Told:
    """Every host has failed, and each opening was delivered."""
    fail(told, *HOSTS)
    for claimed in told.claim():
        accept(told, claimed)
    told.turn(minutes=5)
    return told


def ends(told: Told) -> list[str]:
    """The states of the ends in the ledger."""
    return [str(row.state) for row in told.records.notifications() if row.transition is TransitionKind.RESOLVE]


def test_hosts_that_failed_and_recovered_together_end_in_one_message(down: Told) -> None:
    heal(down, *HOSTS)
    [ended] = down.claim(ends=MANY)
    assert names(ended) == HOSTS
    assert ended.still_open == 0
    accept(down, ended)
    assert down.claim(ends=MANY) == []
    assert ends(down) == [NotificationState.ACCEPTED] * len(HOSTS)


def test_an_end_of_many_waits_for_the_others_at_most_ten_seconds_and_says_what_is_left(down: Told) -> None:
    heal(down, *HOSTS[:2])
    assert down.claim(ends=MANY) == []
    down.turn(seconds=9)
    heal(down, HOSTS[2])
    assert down.claim(ends=MANY) == []
    down.turn(seconds=1)
    [some] = down.claim(ends=MANY)
    assert (names(some), some.still_open) == (HOSTS[:3], 5)
    accept(down, some)
    heal(down, *HOSTS[3:])
    [rest] = down.claim(ends=MANY)
    assert (names(rest), rest.still_open) == (HOSTS[3:], 0)


def test_up_to_the_limit_each_end_is_sent_at_once(told: Told) -> None:
    fail(told, *HOSTS[:3])
    for claimed in told.claim():
        accept(told, claimed)
    heal(told, HOSTS[0])
    assert [names(one) for one in told.claim(ends=MANY)] == [[HOSTS[0]]]


def test_an_end_does_not_wait_for_what_failed_at_another_time(told: Told) -> None:
    for name in HOSTS:
        fail(told, name)
        told.turn(minutes=2)
    for claimed in told.claim():
        accept(told, claimed)
    heal(told, HOSTS[0])
    assert [names(one) for one in told.claim(ends=MANY)] == [[HOSTS[0]]]


def test_a_message_of_ends_that_is_refused_is_sent_again_whole(down: Told) -> None:
    heal(down, *HOSTS)
    [ended] = down.claim(ends=MANY)
    down.records.record_receipt(
        ended.notification.notification_id,
        Receipt(is_accepted=False, duration_ms=1, reason="500"),
        now=down.now,
        next_attempt_at=down.now,
        attempt=1,
        others=[one.notification for one in ended.others],
    )
    down.turn(minutes=5)
    [again] = down.claim(ends=MANY)
    assert names(again) == HOSTS


def test_a_message_of_ends_whose_sender_was_killed_is_sent_again_whole_and_marked(
    down: Told, reopened: Callable[[], Records]
) -> None:
    heal(down, *HOSTS)
    [ended] = down.claim(ends=MANY)
    after = reopened()
    after.end_leases(down.now)
    [again] = after.claim_due(owner="two", now=down.now, lease_s=16, limit=100, ends=MANY)
    assert names(again) == HOSTS
    assert again.notification.idempotency_key == ended.notification.idempotency_key
    assert all(one.notification.is_maybe_duplicate for one in (again, *again.others))


def test_what_fails_again_before_its_end_was_sent_is_not_said_to_be_over(down: Told) -> None:
    heal(down, *HOSTS[:2])
    assert down.claim(ends=MANY) == []
    fail(down, HOSTS[0])
    opened = [one for one in down.claim(ends=MANY) if one.transition is TransitionKind.OPEN]
    assert [names(one) for one in opened] == [[HOSTS[0]]]
    down.turn(seconds=10)
    assert [names(one) for one in down.claim(ends=MANY)] == [[HOSTS[1]]]


def test_each_target_hears_of_the_ends_that_it_was_told_of(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    fail(told, *HOSTS[:4])
    told.targets = ["oncall"]
    fail(told, *HOSTS[4:])
    for claimed in told.claim():
        accept(told, claimed)
    heal(told, *HOSTS)
    assert {one.notification.target: names(one) for one in told.claim(ends=MANY)} == {
        "oncall": HOSTS,
        "chat": HOSTS[:4],
    }


def test_a_service_that_keeps_alerts_gets_each_end_by_itself(down: Told) -> None:
    heal(down, *HOSTS)
    claimed = down.claim(ends=EndPace(limit=3, storm=("oncall",), apart=("oncall",)))
    assert sorted(names(one) for one in claimed) == [[name] for name in HOSTS]


def test_in_a_storm_of_ends_all_that_wait_are_one_message_whenever_they_failed(told: Told) -> None:
    for name in HOSTS:
        fail(told, name)
        told.turn(minutes=2)
    for claimed in told.claim():
        accept(told, claimed)
    heal(told, *HOSTS)
    assert told.records.due_ends(told.now) == {"oncall": len(HOSTS)}
    [ended] = told.claim(ends=EndPace(limit=3, storm=("oncall",)))
    assert names(ended) == HOSTS


def test_ends_that_are_held_hold_up_no_opening(down: Told) -> None:
    heal(down, HOSTS[0])
    fail(down, "another")
    assert [names(one) for one in down.claim(ends=EndPace(held=("oncall",)))] == [["another"]]


def test_escalations_of_many_are_one_message_in_a_storm(told: Told) -> None:
    routing = Routing(
        targets=("oncall", "boss"),
        routes=(RouteRule(targets=("oncall",), escalate_after=timedelta(minutes=2), escalate_to=("boss",)),),
    )
    for name in HOSTS:
        told.records.commit_result(
            told.result("failed", name=name), confirm=1, severity="critical", routing=routing, now=told.now
        )
    told.turn(minutes=3)
    assert told.records.due_openings(told.now)["boss"] == len(HOSTS)
    escalated = [one for one in told.claim(storm=("boss",)) if one.notification.target == "boss"]
    assert [names(one) for one in escalated] == [HOSTS]
