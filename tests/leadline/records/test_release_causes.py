"""A journey that fails on a new version and the release that is judged for it are one page: whoever was paged about the
journey hears of the release as a change, everybody else gets an opening, and each opening's target hears its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import RouteRule, Routing
from leadline.incidents.acts import ActRules
from leadline.model import Incident, IncidentState, NotificationState, Verdict
from leadline.model.verdicts import MetricFinding, VerdictReason
from leadline.records import Claimed, Silence

Told = Any
CAUSE = "release 1.5.0 of shop"
ARMED = ActRules(hooks=(("kill", "flag"),), is_armed=True, hold=timedelta(minutes=5))
BOTH = Routing(targets=("oncall", "boss"))
ESCALATES = Routing(
    targets=("oncall", "boss"),
    routes=(RouteRule(targets=("oncall",), escalate_after=timedelta(minutes=10), escalate_to=("boss",)),),
)


@pytest.fixture
def fails(told: Told) -> Verdict:
    """Our own journeys fail on 1.5.0 everywhere, and nothing else is known."""
    return Verdict(
        app="shop", canary="1.5.0", baseline="1.4.2", verdict="rollback", sentence="Roll back 1.5.0.", may_act=True,
        reasons=(VerdictReason(code="hard_failures", text="checkout failed 3 times in a row"),),
        decided_at=told.now, since=told.now - timedelta(hours=1),
    )  # fmt: skip


def judge(told: Told, verdict: Verdict, routing: Routing = BOTH, acts: ActRules = ActRules()) -> None:
    told.turn(minutes=1)
    told.records.commit_verdict(verdict, environment="production", routing=routing, now=told.now, acts=acts)


def send(told: Told) -> list[tuple[str, str, str]]:
    """Everything that can be sent now is, and is accepted: (target, transition, subject), sorted."""
    sent = []
    for one in told.claim():
        tell(told, one)
        sent += [(each.notification.target, str(each.transition), each.incident.subject.name) for each in
                 (one, *one.others)]  # fmt: skip
    return sorted(sent)


def tell(told: Told, claimed: Claimed) -> None:
    told.accept(claimed)
    for other in claimed.others:
        told.accept(other)


def test_who_was_paged_about_the_journey_hears_of_its_release_as_a_change(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    assert send(told) == [("oncall", "open", "checkout")]
    judge(told, fails)
    assert send(told) == [("boss", "open", "1.5.0"), ("oncall", "change", "checkout")]
    assert {one.shared_cause for one in told.records.incidents()} == {CAUSE}
    judge(told, fails)
    assert send(told) == []


def test_each_end_is_told_to_whoever_was_told_of_its_opening(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    send(told)
    judge(told, fails)
    send(told)
    told.commit("passed")
    assert send(told) == [("oncall", "resolve", "checkout")]  # at once: the release is still open
    judge(told, replace(fails, is_exposed=False))
    assert send(told) == [("boss", "resolve", "1.5.0")]
    assert {one.state for one in told.records.incidents()} == {IncidentState.RESOLVED}


def test_a_page_that_is_not_delivered_yet_tells_of_the_release_with_it(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    judge(told, fails, Routing(targets=("oncall",)))
    assert send(told) == [("oncall", "open", "checkout")]
    assert send(told) == []
    assert {row.state for row in told.records.notifications()} == {NotificationState.ACCEPTED}


def test_the_change_waits_for_what_the_machine_does_and_the_journeys_page_does_not(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    judge(told, fails, acts=ARMED)
    assert send(told) == [("oncall", "open", "checkout")]
    assert send(told) == []
    [action] = told.records.actions()
    told.turn(seconds=20)
    told.records.finish_action(replace(action, state="verified", verified_at=told.now), next_hook=None, now=told.now)
    assert send(told) == [("boss", "open", "1.5.0"), ("oncall", "change", "checkout")]


def test_a_change_that_waits_for_the_machine_is_told_by_the_end(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    send(told)
    judge(told, fails, acts=ARMED)
    told.commit("passed")
    assert send(told) == [("oncall", "resolve", "checkout")]
    told.turn(minutes=5)
    assert send(told) == [("boss", "open", "1.5.0")]


def test_harm_to_real_users_is_a_page_of_its_own(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    send(told)
    judge(told, fails)
    send(told)
    worse = MetricFinding(
        name="errors", kind="share", state="worse", claim="fails more", is_lower_harm=False, canary_sessions=5000,
        baseline_sessions=45_000, since=told.now,
    )  # fmt: skip
    judge(told, replace(fails, metrics=(worse,)))
    assert send(told) == [("boss", "change", "1.5.0"), ("oncall", "open", "1.5.0")]


def test_who_is_on_the_journey_is_on_the_release(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    send(told)
    judge(told, fails)
    send(told)
    journey = next(one for one in told.records.incidents() if one.subject.kind == "journey")
    told.records.acknowledge(journey.incident_id, by="ada", now=told.now)
    assert {one.acknowledged_by for one in told.records.incidents()} == {"ada"}
    assert send(told) == [("boss", "acknowledge", "1.5.0"), ("oncall", "acknowledge", "checkout")]


@pytest.mark.parametrize("is_acknowledged", [True, False])
def test_nobody_is_called_for_the_release_whom_the_journey_calls(
    told: Told, fails: Verdict, is_acknowledged: bool
) -> None:
    told.records.commit_result(
        told.result("failed"), confirm=1, severity="critical", routing=ESCALATES, now=told.now
    )  # fmt: skip
    send(told)
    if is_acknowledged:
        told.records.acknowledge(told.records.incidents()[0].incident_id, by="ada", now=told.now)
        send(told)
    judge(told, fails, ESCALATES)
    assert send(told) == [("oncall", "change", "checkout")]
    told.turn(minutes=10)
    assert send(told) == ([] if is_acknowledged else [("boss", "open", "checkout")])


def test_a_journey_that_fails_on_another_version_or_is_silenced_carries_no_release(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    send(told)
    judge(told, replace(fails, canary="1.6.0"), Routing(targets=("oncall",)))
    assert send(told) == [("oncall", "open", "1.6.0")]
    told.records.add_silence(
        Silence(
            silence_id="quiet", starts_at=told.now, ends_at=told.now + timedelta(hours=1), reason="move",
            created_by="ada", created_at=told.now, name="checkout",
        )
    )  # fmt: skip
    send(told)
    judge(told, fails, Routing(targets=("oncall",)))
    assert send(told) == [("oncall", "open", "1.5.0")]


def test_another_journey_that_fails_on_that_release_has_its_cause(told: Told, fails: Verdict) -> None:
    judge(told, fails)
    send(told)
    told.targets = ["oncall", "boss"]
    told.commit("failed", name="search")
    assert told.records.incidents()[0].shared_cause == CAUSE
    assert send(told) == []  # told of at most once a minute
    told.turn(minutes=1)
    assert send(told) == [("boss", "open", "search"), ("oncall", "open", "search")]


def test_the_page_of_the_journey_can_say_what_became_of_its_release(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    judge(told, fails)
    journey = next(one for one in told.records.incidents() if one.subject.kind == "journey")
    assert told.records.release_of(journey).subject.name == "1.5.0"
    told.commit("passed")
    judge(told, replace(fails, is_exposed=False))
    journey = told.records.incident(journey.incident_id)
    assert told.records.release_of(journey).state is IncidentState.RESOLVED
    told.turn(hours=1)
    told.commit("failed")
    assert told.records.release_of(told.records.incidents()[0]) is None


def release_of(told: Told) -> Incident:
    [found] = [one for one in told.records.incidents() if one.subject.kind == "release"]
    return found  # type: ignore[no-any-return]  # Told is Any


def test_a_release_says_that_its_journeys_pass_again_though_the_verdict_on_it_stands(
    told: Told, fails: Verdict
) -> None:
    told.commit("failed")
    judge(told, fails)
    assert release_of(told).title == "shop 1.5.0 fails our journeys everywhere"
    send(told)
    told.commit("passed")
    assert release_of(told).title == f"shop 1.5.0 judged rollback; journeys pass since {told.now:%H:%M}"
    assert send(told) == [("oncall", "resolve", "checkout")]
    judge(told, fails)
    assert release_of(told).title.endswith("pass since 14:03")
    assert send(told) == []
    told.commit("failed", shared_cause=CAUSE)
    assert release_of(told).title == "shop 1.5.0 fails our journeys everywhere"


def test_of_two_journeys_the_last_that_heals_is_when_they_pass_again(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    told.commit("failed", name="search")
    judge(told, fails)
    told.commit("passed")
    assert release_of(told).title == "shop 1.5.0 fails our journeys everywhere"
    told.commit("passed", name="search")
    assert release_of(told).findings[0].journeys_pass_since == told.now


def test_a_journey_that_came_and_went_ends_for_its_release_too(told: Told, fails: Verdict) -> None:
    quiet = timedelta(seconds=30)
    for status in ("failed", "passed", "failed"):
        told.commit(status, quiet=quiet)
    judge(told, fails)
    told.commit("passed", quiet=quiet)
    assert release_of(told).findings[0].journeys_pass_since is None
    told.records.end_quiet_incidents(told.turn(seconds=31))
    assert release_of(told).findings[0].journeys_pass_since == told.now


def test_a_release_that_is_judged_after_its_journey_has_healed_says_since_when(told: Told, fails: Verdict) -> None:
    told.commit("failed")
    told.commit("passed")
    healed_at = told.now
    send(told)
    judge(told, fails)
    assert release_of(told).findings[0].journeys_pass_since == healed_at
    assert send(told) == [("boss", "open", "1.5.0"), ("oncall", "open", "1.5.0")]


def test_whoever_was_told_of_the_journey_hears_no_change_of_a_release_that_was_bad_before(
    told: Told, fails: Verdict
) -> None:
    worse = MetricFinding(
        name="errors", kind="share", state="worse", claim="fails more", is_lower_harm=False, canary_sessions=5000,
        baseline_sessions=45_000, since=told.now,
    )  # fmt: skip
    judge(told, replace(fails, metrics=(worse,), reasons=()))
    assert send(told) == [("boss", "open", "1.5.0"), ("oncall", "open", "1.5.0")]
    told.commit("failed")
    assert send(told) == [("oncall", "open", "checkout")]
    judge(told, replace(fails, metrics=(worse,)))
    assert send(told) == [("boss", "change", "1.5.0")]
    told.commit("passed")
    judge(told, replace(fails, is_exposed=False))
    assert send(told) == [
        ("boss", "resolve", "1.5.0"), ("oncall", "resolve", "1.5.0"), ("oncall", "resolve", "checkout"),
    ]  # fmt: skip
