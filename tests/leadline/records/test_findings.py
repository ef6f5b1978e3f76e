"""Incidents about anything: whoever finds something wrong hands in findings, and everything else follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import Judgement, Observed, Owed, RouteRule, Routing, write_page
from leadline.model import Finding, IncidentState, NotificationState, Receipt, Severity, Subject, TransitionKind

Told = Any
ROUTING, ONCALL = Routing(targets=("oncall", "chat")), Routing(targets=("oncall",))
SUBJECTS = [
    Subject(kind="journey", name="checkout", app="shop", environment="production"),
    Subject(kind="check", name="api", app="shop", environment="production"),
    Subject(kind="objective", name="checkout-30d", app="shop", environment="production"),
    Subject(kind="release", name="1.5.0", app="shop", environment="production"),
    Subject(kind="location", name="paris"),
    Subject(kind="leadline", name="outbox"),
]
SHOP = SUBJECTS[2]


def find(told: Told, *parts: str, severity: Severity = "critical", **fields: Any) -> Observed:
    since = told.now - timedelta(minutes=2)
    return Observed(findings=[Finding(since=since, part=part, severity=severity, **fields) for part in parts])


def commit(
    told: Told, observed: Observed, *, subject: Subject = SHOP, routing: Routing = ROUTING, **more: Any
) -> Judgement:
    told.turn(seconds=5)
    judgement: Judgement = told.records.commit_findings(subject, observed, routing=routing, now=told.now, **more)
    return judgement


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.kind for subject in SUBJECTS])
def test_an_incident_of_every_kind_of_subject_opens_is_paged_and_ends(told: Told, subject: Subject) -> None:
    wrong = find(told, "", summary="burns its budget", error_message="14.4 times too fast for 1 h")
    opened = commit(told, wrong, subject=subject)
    assert opened.transition is TransitionKind.OPEN
    claimed = told.claim()
    assert {one.notification.target for one in claimed} == {"oncall", "chat"}
    page = write_page(claimed[0].incident, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=told.now)
    assert subject.name in page.title
    assert "burns its budget" in page.title
    assert "14.4 times too fast" in page.body
    for one in claimed:
        told.accept(one)
    ended = commit(told, Observed(), subject=subject)
    assert ended.transition is TransitionKind.RESOLVE
    [incident] = told.records.incidents()
    assert (incident.subject, incident.state) == (subject, IncidentState.RESOLVED)
    assert [one.transition for one in told.claim()] == [TransitionKind.RESOLVE] * 2


def test_subjects_of_one_name_have_incidents_of_their_own(told: Told) -> None:
    for subject in SUBJECTS:
        commit(told, find(told, ""), subject=replace(subject, name="same"))
    assert len(told.records.incidents()) == len(SUBJECTS)


def test_a_failure_and_a_blindness_of_one_subject_are_two_incidents_and_the_blind_one_is_unknown(told: Told) -> None:
    commit(told, find(told, ""))
    commit(told, find(told, ""), kind="blindness")
    assert {(one.kind, one.state) for one in told.records.incidents()} == {
        ("failure", IncidentState.OPEN),
        ("blindness", IncidentState.UNKNOWN),
    }


def test_the_same_findings_again_change_nothing(told: Told) -> None:
    commit(told, find(told, "1h", "6h"))
    position = told.records.newest_position()
    assert commit(told, find(told, "1h", "6h", error_message="another figure")).transition is None
    assert told.records.newest_position() == position


def test_what_was_not_looked_at_stays_wrong(told: Told) -> None:
    commit(told, find(told, "1h", "6h"))
    changed = commit(told, Observed(well={("1h", None, None): None}))
    assert changed.incident is not None
    assert [one.part for one in changed.incident.findings] == ["6h"]


def test_a_worse_severity_is_news_for_those_who_were_told_and_opens_for_those_whom_it_brings_in(told: Told) -> None:
    routing = Routing(
        targets=("chat", "oncall"),
        routes=(RouteRule(targets=("chat",)), RouteRule(severity="critical", targets=("oncall",))),
    )
    commit(told, find(told, "1h", severity="warning"), routing=routing)
    assert [row.target for row in told.records.notifications()] == ["chat"]
    worse = commit(told, find(told, "1h"), routing=routing)
    assert worse.incident is not None
    assert worse.incident.severity == "critical"
    assert told.ledger() == {
        ("open", "chat", "pending"),
        ("change", "chat", "pending"),
        ("open", "oncall", "pending"),
    }


def test_a_change_is_told_after_the_opening_and_after_an_acknowledgement(told: Told) -> None:
    opened = commit(told, find(told, "1h"), routing=ONCALL)
    [opening] = told.claim()
    commit(told, find(told, "1h", "6h"), routing=ONCALL)
    assert told.claim() == []  # the opening is on its way, and was written before
    told.accept(opening)
    told.records.acknowledge(opened.incident.incident_id, by="ada", now=told.now)
    [change] = told.claim()
    assert (change.transition, change.incident.acknowledged_by) == (TransitionKind.CHANGE, "ada")
    assert [one.part for one in change.incident.findings] == ["1h", "6h"]


def test_an_opening_that_was_not_sent_yet_tells_the_change_too(told: Told) -> None:
    commit(told, find(told, "1h"), routing=ONCALL)
    commit(told, find(told, "1h", "6h"), routing=ONCALL)
    [opening] = told.claim()
    assert opening.transition is TransitionKind.OPEN
    told.accept(opening)
    assert told.claim() == []
    rows = {row.transition: row for row in told.records.notifications()}
    assert rows[TransitionKind.CHANGE].combined_into == rows[TransitionKind.OPEN].notification_id


def test_two_changes_that_wait_are_one_message(told: Told) -> None:
    commit(told, find(told, "1h"), routing=ONCALL)
    told.accept(told.claim()[0])
    commit(told, find(told, "1h", "6h"), routing=ONCALL)
    commit(told, find(told, "1h", "6h", "3d"), routing=ONCALL)
    [change] = told.claim()
    told.accept(change)
    assert told.claim() == []
    assert {row.state for row in told.records.notifications()} == {NotificationState.ACCEPTED}


def test_a_hook_is_a_row_of_the_same_outbox_and_no_page(told: Told) -> None:
    commit(told, find(told, "errors"), also=[Owed(name="kill-new-checkout", kind="hook")])
    assert {one.notification.target for one in told.claim()} == {"oncall", "chat"}
    [hook] = told.claim(kind="hook")
    assert (hook.notification.kind, hook.notification.target) == ("hook", "kill-new-checkout")
    told.accept(hook)
    commit(told, Observed())
    assert told.claim(kind="hook") == []
    assert {row.transition for row in told.records.notifications() if row.kind == "hook"} == {TransitionKind.OPEN}


ESCALATING = Routing(
    targets=("oncall", "manager"),
    routes=(RouteRule(targets=("oncall",), escalate_after=timedelta(minutes=10), escalate_to=("manager",)),),
)


def test_what_nobody_acknowledges_escalates_and_the_end_is_told_to_both(told: Told) -> None:
    commit(told, find(told, ""), routing=ESCALATING)
    told.accept(told.claim()[0])
    told.turn(minutes=9)
    assert told.claim() == []
    assert told.records.oldest_unsent_at(told.now) is None
    told.turn(minutes=1)
    [escalated] = told.claim()
    assert (escalated.notification.target, escalated.notification.level) == ("manager", "escalation")
    told.accept(escalated)
    commit(told, Observed())
    assert {one.notification.target for one in told.claim()} == {"oncall", "manager"}


@pytest.mark.parametrize("how", ["acknowledged", "resolved"])
def test_an_escalation_is_called_off_by_an_acknowledgement_or_the_end(told: Told, how: str) -> None:
    opened = commit(told, find(told, ""), routing=ESCALATING)
    told.accept(told.claim()[0])
    if how == "acknowledged":
        told.records.acknowledge(opened.incident.incident_id, by="ada", now=told.now)
    else:
        commit(told, Observed())
    told.turn(minutes=11)
    assert {one.notification.target for one in told.claim()} <= {"oncall"}
    [row] = [row for row in told.records.notifications() if row.target == "manager"]
    assert row.state is NotificationState.GIVEN_UP
    assert "not needed any more" in str(row.last_error)


def test_a_clock_that_was_set_back_does_not_put_an_escalation_off_by_a_day(told: Told) -> None:
    told.turn(days=1)
    commit(told, find(told, ""), routing=ESCALATING)
    told.turn(days=-1)
    told.accept(told.claim()[0])
    told.turn(minutes=10)
    assert [one.notification.target for one in told.claim()] == ["manager"]


def refuse(told: Told, times: int, *, fallback: str = "boss") -> None:
    for _ in range(times):
        [claimed] = told.claim(exclude=(fallback,))
        told.records.record_receipt(
            claimed.notification.notification_id,
            Receipt(is_accepted=False, duration_ms=1, reason="error=500"),
            now=told.now,
            next_attempt_at=told.now + timedelta(seconds=1),
            attempt=claimed.notification.attempts,
            fallback=fallback,
        )
        told.turn(seconds=1)


def test_the_fallback_is_owed_what_a_dead_target_refused_once_and_the_end_too(told: Told, reopened: Any) -> None:
    commit(told, find(told, ""), routing=Routing(targets=("chat",)))
    refuse(told, 7)
    records = reopened()
    rows = [row for row in records.notifications() if row.target == "boss"]
    assert [(row.level, row.transition, row.instead_of) for row in rows] == [("fallback", "open", "chat")]
    records.close()
    commit(told, Observed())
    assert {one.notification.target for one in told.claim() if one.transition == "resolve"} == {"boss", "chat"}


def test_the_fallback_is_left_alone_where_the_target_took_it_after_all(told: Told) -> None:
    commit(told, find(told, ""), routing=Routing(targets=("chat",)))
    refuse(told, 5)
    [chat] = told.claim(exclude=("boss",))
    told.accept(chat)
    assert told.claim() == []
    assert {(row.target, row.state) for row in told.records.notifications()} == {
        ("chat", NotificationState.ACCEPTED),
        ("boss", NotificationState.GIVEN_UP),
    }


def test_a_target_that_was_renamed_hears_of_what_is_open_once_and_of_its_end(told: Told) -> None:
    commit(told, find(told, ""), routing=Routing(targets=("oncall",)))
    told.accept(told.claim()[0])
    renamed = Routing(targets=("duty",))
    assert told.records.tell_new_targets(routing=ONCALL, now=told.now) == 0
    assert told.records.tell_new_targets(routing=renamed, now=told.now) == 1
    assert told.records.tell_new_targets(routing=renamed, now=told.now) == 0
    [claimed] = told.claim()
    assert (claimed.notification.target, claimed.transition) == ("duty", TransitionKind.OPEN)
    told.accept(claimed)
    commit(told, Observed(), routing=renamed)
    assert "duty" in {one.notification.target for one in told.claim()}


def test_a_target_with_another_address_is_sent_once_more_what_is_open(told: Told) -> None:
    commit(told, find(told, ""), routing=ONCALL)
    [waiting] = told.claim()
    assert told.records.tell_new_targets(routing=ONCALL, now=told.now, moved=["oncall"]) == 0  # it goes there anyway
    told.accept(waiting)
    assert told.records.tell_new_targets(routing=ONCALL, now=told.now, moved=["oncall"]) == 1
    assert told.records.tell_new_targets(routing=ONCALL, now=told.now, moved=["oncall"]) == 0
    [again] = told.claim()
    assert (again.notification.target, again.transition) == ("oncall", TransitionKind.OPEN)
    told.accept(again)
    commit(told, Observed(), routing=ONCALL)
    assert [(one.notification.target, one.transition) for one in told.claim()] == [("oncall", TransitionKind.RESOLVE)]
