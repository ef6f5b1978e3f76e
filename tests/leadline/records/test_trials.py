"""Test pages: owed, sent and kept like every page, and never mistaken for something that is broken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.model import IncidentState, NotificationState
from leadline.records import Silence

Told = Any


def test_each_target_is_owed_one_and_nothing_is_open(told: Told) -> None:
    incident_id = told.records.queue_trial(["oncall", "chat"], by="ada", now=told.now)
    assert {(one.notification.target, one.transition.value) for one in told.claim()} == {
        ("oncall", "test"), ("chat", "test"),
    }  # fmt: skip
    trial = told.records.incident(incident_id)
    assert (trial.state, trial.title) == (IncidentState.RESOLVED, "Leadline test page for ada")


def test_a_silence_mutes_no_test_page(told: Told) -> None:
    told.records.add_silence(
        Silence(
            silence_id="quiet", starts_at=told.now, ends_at=told.now + timedelta(hours=1), reason="move",
            created_by="ada", created_at=told.now,
        )
    )  # fmt: skip
    told.records.queue_trial(["oncall"], by="ada", now=told.now)
    [claimed] = told.claim()
    told.accept(claimed)
    assert told.ledger() == {("test", "oncall", "accepted")}


def test_a_target_that_refuses_it_is_failing_and_waits(told: Told) -> None:
    told.records.queue_trial(["oncall"], by=None, now=told.now)
    [claimed] = told.claim()
    told.refuse(claimed)
    [row] = told.records.notifications()
    assert row.state is NotificationState.FAILING
    assert [one.target for one in told.records.waiting(told.turn(minutes=2))] == ["oncall"]


def test_only_the_daily_one_counts_as_daily(told: Told) -> None:
    assert told.records.last_daily_trial() is None
    told.records.queue_trial(["oncall"], by="ada", now=told.now)
    assert told.records.last_daily_trial() is None
    told.records.queue_trial(["oncall"], by=None, now=told.turn(hours=1))
    assert told.records.last_daily_trial() == told.now
