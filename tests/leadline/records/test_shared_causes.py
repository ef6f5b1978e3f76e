"""Monitors that fail of one cause are one page with a count; each keeps its incident, and one message ends them all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.model import NotificationState, Receipt
from leadline.records import Claimed

Told = Any
CAUSE = "host shop.example:443"
HOLD = timedelta(seconds=2)


def names(claimed: Claimed) -> list[str]:
    return [one.incident.subject.name for one in (claimed, *claimed.others)]


def accept(told: Told, claimed: Claimed) -> None:
    told.records.record_receipt(
        claimed.notification.notification_id,
        Receipt(is_accepted=True, duration_ms=1),
        now=told.now,
        next_attempt_at=None,
        others=[one.notification for one in claimed.others],
    )


def fail(told: Told, *monitors: str, hold: timedelta = HOLD, cause: str | None = CAUSE) -> None:
    for name in monitors:
        told.hand_in(told.result("failed", name=name), shared_cause=cause, hold=hold)


def heal(told: Told, *monitors: str) -> None:
    for name in monitors:
        told.hand_in(told.result("passed", name=name))


def test_what_fails_at_once_of_one_cause_is_one_message_and_every_row_is_accepted(told: Told) -> None:
    fail(told, *(f"m{number}" for number in range(50)))
    assert told.claim() == []  # others are about to be known
    told.turn(seconds=2)
    [claimed] = told.claim()
    assert len(names(claimed)) == 50
    accept(told, claimed)
    assert told.claim() == []
    assert len(told.records.incidents()) == 50
    rows = told.records.notifications()
    assert {row.state for row in rows} == {NotificationState.ACCEPTED}
    assert {row.combined_into for row in rows} == {None, claimed.notification.notification_id}


def test_what_is_put_off_is_told_with_the_first_that_is_due(told: Told) -> None:
    fail(told, "a")
    told.turn(seconds=1)
    fail(told, "b")
    told.turn(seconds=1)
    [claimed] = told.claim()
    assert names(claimed) == ["a", "b"]


def test_a_page_waits_a_little_longer_while_others_of_its_cause_are_about_to_be_confirmed(told: Told) -> None:
    fail(told, "a")
    told.turn(seconds=2)
    assert told.claim(unsettled={CAUSE}) == []
    told.turn(seconds=0.5)
    fail(told, "b")
    [claimed] = told.claim()
    assert names(claimed) == ["a", "b"]


def test_a_page_waits_for_no_other_longer_than_three_seconds(told: Told) -> None:
    fail(told, "a")
    for _ in range(6):
        assert told.claim(unsettled={CAUSE}) == []
        told.turn(seconds=0.5)
    [claimed] = told.claim(unsettled={CAUSE})
    assert names(claimed) == ["a"]


def test_a_page_that_was_not_put_off_waits_for_nobody(told: Told) -> None:
    fail(told, "a", hold=timedelta())
    [claimed] = told.claim(unsettled={CAUSE})
    assert names(claimed) == ["a"]


def test_in_a_storm_one_message_tells_of_every_cause(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta())
    fail(told, "c", hold=timedelta(), cause="host other.example:443")
    [claimed] = told.claim(storm={"oncall"})
    assert sorted(names(claimed)) == ["a", "b", "c"]


def test_the_alert_of_a_storm_is_ended_by_the_last_end_and_by_no_other(told: Told) -> None:
    fail(told, "a", hold=timedelta())
    fail(told, "b", hold=timedelta(), cause="host other.example:443")
    [storm] = told.claim(storm={"oncall"})
    accept(told, storm)
    assert storm.alert == f"storm-{storm.notification.notification_id}"
    told.turn(seconds=1)
    heal(told, "a")
    [first] = told.claim()
    accept(told, first)
    assert first.alert == first.incident.group_id
    heal(told, "b")
    [last] = told.claim()
    assert last.alert == storm.alert


def test_what_shares_a_cause_is_one_alert_from_its_opening_to_its_end(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta())
    [opened] = told.claim()
    accept(told, opened)
    heal(told, "a", "b")
    [ended] = told.claim()
    assert opened.alert == ended.alert == opened.incident.group_id


def test_who_joins_later_is_told_of_once_a_minute(told: Told) -> None:
    fail(told, "a", hold=timedelta())
    [first] = told.claim()
    accept(told, first)
    told.turn(seconds=10)
    fail(told, "b")
    told.turn(seconds=20)
    fail(told, "c")
    assert told.claim() == []
    assert told.records.oldest_unsent_at(told.now) is None
    told.turn(seconds=30)
    [joined] = told.claim()
    assert names(joined) == ["b", "c"]


def test_one_end_tells_when_all_are_well(told: Told) -> None:
    fail(told, "a", "b", "c")
    told.turn(seconds=2)
    accept(told, told.claim()[0])
    heal(told, "a", "b")
    told.turn(minutes=5)
    assert told.claim() == []
    assert told.records.waiting(told.now) == []
    heal(told, "c")
    [ended] = told.claim()
    assert sorted(names(ended)) == ["a", "b", "c"]
    accept(told, ended)
    assert told.claim() == []


def test_other_causes_are_pages_of_their_own(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta())
    fail(told, "c", hold=timedelta(), cause="host other.example:443")
    fail(told, "d", "e", hold=timedelta(), cause=None)
    assert sorted(len(names(one)) for one in told.claim()) == [1, 1, 1, 2]


def test_a_refused_message_is_tried_again_whole(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta())
    [claimed] = told.claim()
    told.records.record_receipt(
        claimed.notification.notification_id,
        Receipt(is_accepted=False, duration_ms=1, reason="500"),
        now=told.now,
        next_attempt_at=told.now + timedelta(seconds=1),
        attempt=1,
        others=[one.notification for one in claimed.others],
    )
    assert told.claim() == []
    told.turn(seconds=1)
    [again] = told.claim()
    assert names(again) == ["a", "b"]


def test_a_silenced_monitor_is_not_told_with_the_others(told: Told) -> None:
    from leadline.records import Silence

    told.records.add_silence(
        Silence(
            silence_id="quiet", starts_at=told.now, ends_at=told.now + timedelta(hours=1), reason="move",
            created_by="ada", created_at=told.now, name="b",
        )
    )  # fmt: skip
    fail(told, "a", "b", hold=timedelta())
    [claimed] = told.claim()
    assert names(claimed) == ["a"]


def test_in_a_storm_all_that_waits_for_a_target_is_one_message(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    fail(told, "a", "b", "c", cause=None)
    claimed = told.records.claim_due(owner="one", now=told.now, lease_s=16, limit=100, storm=("oncall",))
    counts = sorted((one.notification.target, len(names(one))) for one in claimed)
    assert counts == [("chat", 1), ("chat", 1), ("chat", 1), ("oncall", 3)]


def test_when_a_target_is_dead_for_a_minute_the_fallback_gets_all_that_waits_in_one_message(told: Told) -> None:
    told.targets = ["chat"]
    fail(told, *(f"m{number}" for number in range(20)), cause=None)
    [first] = told.claim(limit=1)
    told.turn(seconds=61)
    told.records.record_receipt(
        first.notification.notification_id,
        Receipt(is_accepted=False, duration_ms=1, reason="no answer within 10 s"),
        now=told.now,
        next_attempt_at=told.now + timedelta(seconds=60),
        attempt=1,
        fallback="boss",
    )
    [waiting] = told.claim(exclude=("chat",))
    assert (waiting.notification.level, waiting.notification.instead_of) == ("fallback", "chat")
    assert len(names(waiting)) == 20


def test_what_was_never_tried_goes_before_what_is_refused(told: Told) -> None:
    fail(told, "old", cause=None)
    [old] = told.claim()
    told.refuse(old, after_s=0)
    fail(told, "new", cause=None)
    assert names(told.claim(limit=1)[0]) == ["new"]


def groups(claimed: Claimed) -> set[str | None]:
    return {one.incident.group_id for one in (claimed, *claimed.others)}


def test_an_opening_whoever_joins_and_the_end_are_of_one_group(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta())
    [first] = told.claim()
    accept(told, first)
    heal(told, "a")
    told.turn(minutes=2)
    fail(told, "c")
    told.turn(minutes=1)
    [joined] = told.claim()
    accept(told, joined)
    heal(told, "b", "c")
    [ended] = told.claim()
    assert groups(first) == groups(joined) == groups(ended)
    assert len(groups(ended)) == 1
    accept(told, ended)
    told.turn(hours=1)
    fail(told, "d", hold=timedelta())
    [anew] = told.claim()
    assert groups(anew) == {anew.incident.incident_id}


def test_what_shares_no_cause_is_a_group_of_its_own(told: Told) -> None:
    fail(told, "a", "b", hold=timedelta(), cause=None)
    assert [groups(one) for one in told.claim()] == [
        {one.incident_id} for one in sorted(told.records.incidents(), key=lambda one: one.incident_id)
    ]


def test_who_is_on_a_message_is_on_all_that_it_reported_and_each_target_hears_it_once(told: Told) -> None:
    fail(told, "a", "b", "c")
    told.turn(seconds=2)
    [claimed] = told.claim()
    accept(told, claimed)
    lead = claimed.incident.incident_id
    assert [one.subject.name for one in told.records.told_with(lead)] == names(claimed)[1:]
    told.records.acknowledge(lead, by="Ada", now=told.now, with_message=True)
    assert {one.acknowledged_by for one in told.records.incidents()} == {"Ada"}
    [heard] = told.claim()
    assert (heard.transition.value, heard.incident.incident_id) == ("acknowledge", lead)


def test_an_acknowledgement_of_one_incident_leaves_the_others_of_its_message(told: Told) -> None:
    fail(told, "a", "b")
    told.turn(seconds=2)
    [claimed] = told.claim()
    accept(told, claimed)
    told.records.acknowledge(claimed.incident.incident_id, by="Ada", now=told.now)
    assert [one.acknowledged_by for one in told.records.told_with(claimed.incident.incident_id)] == [None]
    told.records.acknowledge(claimed.incident.incident_id, by="Bo", now=told.now, with_message=True)
    assert {one.acknowledged_by for one in told.records.incidents()} == {"Ada", "Bo"}
