"""What a silence mutes in the outbox, and who learns of a silence or an acknowledgement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.clock import new_id
from leadline.model import NotificationState, TransitionKind
from leadline.records import Silence

Told = Any


def silence(told: Told, *, minutes: float, **matching: Any) -> Silence:
    return Silence(
        silence_id="quiet",
        starts_at=told.now,
        ends_at=told.now + timedelta(minutes=minutes),
        reason="database move",
        created_by="ada",
        created_at=told.now,
        **matching,
    )


def test_a_silence_mutes_the_page_but_keeps_the_incident(told: Told) -> None:
    told.records.add_silence(silence(told, minutes=30))
    told.commit("failed")
    assert told.claim() == []
    assert len(told.records.incidents()) == 1
    assert told.ledger() == {("open", "oncall", "pending")}
    assert told.records.oldest_unsent_at(told.now) is None
    told.turn(minutes=31)
    [claimed] = told.claim()
    assert claimed.transition is TransitionKind.OPEN


def test_a_page_that_a_silence_held_has_waited_for_its_target_only_since_the_end(told: Told) -> None:
    told.records.add_silence(silence(told, minutes=30))
    told.commit("failed")
    assert told.claim() == []
    told.turn(minutes=31)
    [claimed] = told.claim()
    assert told.records.oldest_unsent_at(told.now) == told.now  # nobody is told of undelivered pages meanwhile
    told.refuse(claimed)
    told.turn(seconds=5)
    told.claim()
    assert told.records.oldest_unsent_at(told.now) == told.now - timedelta(seconds=5)


def test_what_began_and_ended_in_a_silence_is_never_sent_and_says_why(told: Told) -> None:
    told.records.add_silence(silence(told, minutes=30, app="shop"))
    told.commit("failed")
    assert told.claim() == []
    told.commit("passed")
    assert told.claim() == []
    told.turn(minutes=31)
    assert told.claim() == []
    assert {row.last_error for row in told.records.notifications()} == {"silenced by ada: database move"}
    assert {row.state for row in told.records.notifications()} == {NotificationState.GIVEN_UP}


def test_the_end_of_what_was_told_is_told_in_a_silence_too(told: Told) -> None:
    told.commit("failed")
    told.accept(told.claim()[0])
    told.records.add_silence(silence(told, minutes=30))
    told.commit("passed")
    assert [one.transition for one in told.claim()] == [TransitionKind.RESOLVE]


def test_a_silence_mutes_only_what_it_matches(told: Told) -> None:
    told.records.add_silence(silence(told, minutes=30, name="checkout", monitor="journey"))
    told.commit("failed", name="checkout")
    told.commit("failed", name="search")
    assert [one.incident.subject.name for one in told.claim()] == ["search"]


def test_a_silence_that_is_ended_early_lets_the_page_go(told: Told) -> None:
    told.records.add_silence(silence(told, minutes=30))
    told.commit("failed")
    assert told.claim() == []
    assert [one.created_by for one in told.records.silences(told.now)] == ["ada"]
    assert told.records.end_silence("quiet", now=told.now)
    assert not told.records.end_silence("quiet", now=told.now)
    assert told.records.silences(told.now) == []
    assert len(told.claim()) == 1


def silence_for(told: Told, *, by: str = "Ada", app: str = "shop") -> Silence:
    return Silence(
        silence_id=new_id(),
        starts_at=told.now,
        ends_at=told.now + timedelta(hours=1),
        reason="known",
        created_by=by,
        created_at=told.now,
        app=app,
    )


def test_every_target_that_was_paged_learns_of_an_acknowledgement(told: Told) -> None:
    told.commit("failed")
    for claimed in told.claim():
        told.accept(claimed)
    told.turn(seconds=1)
    [incident] = told.records.incidents()
    told.records.acknowledge(incident.incident_id, by="Ada", now=told.now)
    news = told.claim()
    assert {(one.notification.target, str(one.transition)) for one in news} == {
        (target, "acknowledge") for target in told.targets
    }
    assert {one.incident.acknowledged_by for one in news} == {"Ada"}


def test_an_acknowledgement_before_the_opening_arrived_is_told_by_the_opening(told: Told) -> None:
    told.commit("failed")
    [incident] = told.records.incidents()
    told.records.acknowledge(incident.incident_id, by="Ada", now=told.now)
    [opening] = told.claim()
    assert (opening.transition, opening.incident.acknowledged_by) == (TransitionKind.OPEN, "Ada")
    told.turn(seconds=1)
    told.accept(opening)
    assert told.claim() == []
    assert ("acknowledge", "oncall", "given_up") in told.ledger()


def test_every_target_that_was_paged_learns_of_a_silence_although_it_mutes(told: Told) -> None:
    told.commit("failed")
    [opening] = told.claim()
    told.accept(opening)
    told.turn(seconds=1)
    told.records.add_silence(silence_for(told))
    [news] = told.claim()
    assert (news.transition, news.notification.target) == (TransitionKind.SILENCE, "oncall")
    told.accept(news)
    told.turn(seconds=1)
    told.records.add_silence(silence_for(told, by="Bob"))
    [again] = told.claim()
    assert again.notification.idempotency_key != news.notification.idempotency_key


def test_a_silence_of_something_else_is_told_to_nobody(told: Told) -> None:
    told.commit("failed")
    told.accept(told.claim()[0])
    told.records.add_silence(silence_for(told, app="other"))
    assert told.claim() == []
