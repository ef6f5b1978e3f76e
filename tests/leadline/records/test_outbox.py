"""The outbox: claims, receipts, order, leases. The clock is turned, nothing sleeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.model import NotificationState, TransitionKind
from leadline.records.rows import notification_row

Told = Any


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(told: Told) -> None:
    told.commit("failed")
    [claimed] = told.claim(owner="one")
    assert claimed.notification.attempts == 1
    assert told.claim(owner="two") == []
    told.turn(seconds=17)
    [again] = told.claim(owner="two")
    assert again.notification.is_maybe_duplicate
    assert not claimed.notification.is_maybe_duplicate
    assert again.notification.idempotency_key == claimed.notification.idempotency_key


def test_an_accepted_row_is_never_claimed_again(told: Told) -> None:
    told.commit("failed")
    [claimed] = told.claim()
    told.accept(claimed)
    told.turn(days=1)
    assert told.claim() == []
    assert told.ledger() == {("open", "oncall", "accepted")}
    assert told.records.oldest_unsent_at(told.now) is None
    assert told.records.next_due_at(told.now) is None


def test_a_refused_row_waits_for_its_next_attempt(told: Told) -> None:
    told.commit("failed")
    [claimed] = told.claim()
    told.refuse(claimed, after_s=4)
    assert told.claim() == []
    assert told.records.next_due_at(told.now) == told.now + timedelta(seconds=4)
    [row] = told.records.notifications()
    assert (row.state, row.last_error, row.attempts) == (NotificationState.FAILING, "error=500", 1)
    told.turn(seconds=4)
    [again] = told.claim()
    assert again.notification.attempts == 2
    assert not again.notification.is_maybe_duplicate
    told.accept(again)
    receipts = told.records.receipts(again.notification.notification_id)
    assert [(one.is_accepted, one.reason) for one in receipts] == [(False, "error=500"), (True, "")]


def test_a_target_that_accepts_again_is_tried_with_one_waiting_page_after_another(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    for name in ("cart", "checkout", "search"):
        told.commit("failed", name=name)
    for claimed in told.claim():
        told.refuse(claimed, after_s=1 if claimed.notification.target == "chat" else 60)
    told.turn(seconds=30)
    chat = [one for one in told.claim() if one.notification.target == "chat"]
    told.accept(chat[0])  # says nothing about the other target
    assert [one for one in told.claim() if one.notification.target == "oncall"] == []
    told.commit("failed", name="account")
    [back] = [one for one in told.claim() if one.notification.target == "oncall"]
    told.accept(back)
    for _ in range(2):
        [waiting] = [one for one in told.claim() if one.notification.target == "oncall"]
        assert waiting.notification.attempts == 2
        told.accept(waiting)
    [last] = [one for one in told.claim() if one.notification.target == "oncall"]
    told.refuse(last, after_s=60)
    assert [one for one in told.claim() if one.notification.target == "oncall"] == []


def test_a_page_that_was_cut_off_is_marked_before_it_is_sent_again(told: Told) -> None:
    told.commit("failed")
    [claimed] = told.claim()
    told.refuse(claimed, may_have_arrived=True)
    [row] = told.records.notifications()
    assert (row.state, row.is_maybe_duplicate) == (NotificationState.FAILING, True)


def test_a_target_that_is_busy_does_not_delay_the_others(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    told.commit("failed")
    assert [one.notification.target for one in told.claim(exclude=("oncall",))] == ["chat"]


def test_the_end_waits_while_the_beginning_is_being_sent(told: Told) -> None:
    told.commit("failed")
    [opening] = told.claim()
    told.commit("passed")
    assert told.claim() == []
    told.accept(opening)
    [ending] = told.claim()
    assert (ending.transition, ending.is_combined) == (TransitionKind.RESOLVE, False)


def test_a_beginning_that_was_not_delivered_is_told_together_with_the_end(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    told.commit("failed")
    opening = {one.notification.target: one for one in told.claim()}
    told.accept(opening["oncall"])
    told.refuse(opening["chat"])
    told.commit("passed")
    claimed = {one.notification.target: one for one in told.claim()}
    assert (claimed["oncall"].is_combined, claimed["chat"].is_combined) == (False, True)
    for one in claimed.values():
        told.accept(one)
    told.turn(days=1)
    assert told.claim() == []
    told_once = {(str(n.transition), n.target): n for n in told.records.notifications()}
    assert {n.state for n in told_once.values()} == {NotificationState.ACCEPTED}
    assert told_once["open", "chat"].combined_into == told_once["resolve", "chat"].notification_id
    assert told_once["open", "oncall"].combined_into is None
    assert notification_row(told_once["open", "chat"])["combined_into"] == told_once["resolve", "chat"].notification_id


def test_a_combined_message_that_is_refused_stays_combined(told: Told) -> None:
    told.commit("failed")
    told.commit("passed")
    [claimed] = told.claim()
    told.refuse(claimed)
    assert told.ledger() == {("open", "oncall", "pending"), ("resolve", "oncall", "failing")}
    told.turn(seconds=1)
    [again] = told.claim()
    assert again.is_combined
    assert not again.notification.is_maybe_duplicate


def test_a_beginning_of_which_nobody_knows_makes_the_combined_message_a_possible_duplicate(told: Told) -> None:
    told.commit("failed")
    told.claim()
    told.commit("passed")
    told.turn(seconds=17)
    [claimed] = told.claim()
    assert (claimed.is_combined, claimed.notification.is_maybe_duplicate) == (True, True)


def test_a_late_yes_to_the_beginning_counts(told: Told) -> None:
    told.commit("failed")
    [opening] = told.claim()
    told.commit("passed")
    told.turn(seconds=17)
    [combined] = told.claim()
    told.accept(opening)
    told.accept(combined)
    by_transition = {str(n.transition): n for n in told.records.notifications()}
    assert by_transition["open"].combined_into is None
    assert by_transition["open"].state is NotificationState.ACCEPTED


def test_a_late_no_does_not_end_the_lease_of_the_attempt_that_is_underway(told: Told) -> None:
    told.commit("failed")
    [slow] = told.claim(owner="one")
    told.turn(seconds=17)
    [underway] = told.claim(owner="two")
    told.refuse(slow)
    told.turn(seconds=5)
    assert told.claim(owner="three") == []
    told.accept(underway)
    assert told.ledger() == {("open", "oncall", "accepted")}


def test_a_no_after_a_yes_changes_nothing(told: Told) -> None:
    told.commit("failed")
    [claimed] = told.claim()
    told.accept(claimed)
    told.refuse(claimed, give_up=True)
    assert told.ledger() == {("open", "oncall", "accepted")}


def test_what_was_given_up_is_given_up_with_its_beginning(told: Told) -> None:
    told.commit("failed")
    told.commit("passed")
    [claimed] = told.claim()
    told.refuse(claimed, give_up=True)
    assert told.ledger() == {("open", "oncall", "given_up"), ("resolve", "oncall", "given_up")}
    told.turn(days=1)
    assert told.claim() == []
    assert told.records.oldest_unsent_at(told.now) is None


def test_the_oldest_unsent_row_is_the_one_that_waits_longest(told: Told) -> None:
    told.commit("failed")
    first = told.now
    told.commit("failed", name="other")
    assert told.records.oldest_unsent_at(told.now) == first


def test_rows_are_claimed_oldest_first_and_only_as_many_as_asked(told: Told) -> None:
    told.commit("failed", name="first")
    told.commit("failed", name="second")
    assert [one.incident.subject.name for one in told.claim(limit=1)] == ["first"]


def test_a_lease_from_the_future_counts_as_over_and_a_plan_from_there_keeps_its_pause(told: Told) -> None:
    told.targets = ["leased", "planned"]
    told.commit("failed")
    claimed = {one.notification.target: one for one in told.claim(lease_s=3600)}
    told.refuse(claimed["planned"], after_s=60)
    told.turn(hours=-1)
    assert {one.notification.target for one in told.claim()} == {"leased"}
    told.turn(seconds=60)
    assert "planned" in {one.notification.target for one in told.claim()}
