"""A rollback owes its first hook in the transaction of the verdict; pages wait for what it comes to."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leadline.clock import new_id
from leadline.incidents import Routing
from leadline.incidents.acts import ActRules
from leadline.model import Action, Deployment, Receipt, Verdict
from leadline.model.verdicts import MetricFinding, VerdictReason

HOLD = timedelta(minutes=5)
ARMED = ActRules(hooks=(("kill", "flag"), ("argo", "argo")), is_armed=True, hold=HOLD)


@pytest.fixture
def rollback(told: Any) -> Verdict:
    metric = MetricFinding(
        name="errors",
        kind="share",
        state="worse",
        claim="fails more",
        is_lower_harm=False,
        canary_sessions=5000,
        baseline_sessions=45_000,
        since=told.now,
    )
    return Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(VerdictReason(code="worse", text="1.5.0 fails more"),),
        sentence="Roll back 1.5.0: it fails more than 1.4.2.",
        decided_at=told.now,
        since=told.now - timedelta(hours=1),
        metrics=(metric,),
        may_act=True,
    )


def commit(told: Any, verdict: Verdict, acts: ActRules) -> None:
    routing = Routing(targets=("oncall",))
    told.records.commit_verdict(verdict, environment="production", routing=routing, now=told.now, acts=acts)


def claim(told: Any, kind: str) -> list[str]:
    claimed = told.records.claim_due(owner="me", now=told.now, lease_s=30, limit=10, kind=kind)
    return [one.notification.target for one in claimed]


def test_the_first_hook_is_owed_and_the_page_waits_for_it(told: Any, rollback: Verdict) -> None:
    commit(told, rollback, ARMED)
    [action] = told.records.actions()
    assert (action.hook, action.state, action.cause, action.canary) == ("kill", "executing", "verdict", "1.5.0")
    assert claim(told, "hook") == ["kill"]
    assert claim(told, "target") == []
    told.records.finish_action(replace(action, state="verified", verified_at=told.now), next_hook=None, now=told.now)
    assert claim(told, "target") == ["oncall"]


def test_a_version_is_taken_back_once_a_hook_was_taken_until_it_is_deployed_again(told: Any, rollback: Verdict) -> None:
    commit(told, rollback, ARMED)
    [action] = told.records.actions()
    assert told.records.taken_back_versions("shop") == set()
    done = replace(action, state="executed", executed_at=told.now)
    told.records.write_action(replace(done, cause="drill"))
    assert told.records.taken_back_versions("shop") == set()
    told.records.write_action(done)
    assert told.records.taken_back_versions("shop") == {"1.5.0"}
    assert told.records.taken_back_versions("blog") == set()
    told.records.mark_deployment(
        Deployment(
            deployment_id=new_id(),
            app="shop",
            environment="production",
            service_version="1.5.0",
            cohort=None,
            commit=None,
            deployed_at=told.now + timedelta(minutes=1),
            marked_by="ada",
        )
    )
    assert told.records.taken_back_versions("shop") == set()


def test_a_page_goes_out_when_its_time_has_passed_whatever_the_machine_does(told: Any, rollback: Verdict) -> None:
    commit(told, rollback, ARMED)
    told.turn(seconds=HOLD.total_seconds() + 1)
    assert claim(told, "target") == ["oncall"]


def test_the_same_verdict_again_owes_nothing_more(told: Any, rollback: Verdict) -> None:
    for _ in range(3):
        commit(told, rollback, ARMED)
        told.turn(minutes=1)
    assert [action.hook for action in told.records.actions()] == ["kill"]


def test_a_failed_hook_lets_the_page_go_and_owes_the_next_one_under_the_same_verdict(
    told: Any, rollback: Verdict
) -> None:
    commit(told, rollback, ARMED)
    [action] = told.records.actions()
    claim(told, "hook")
    failed = replace(action, state="failed", error="still gets 1.5.0", finished_at=told.now)
    owed = told.records.finish_action(failed, next_hook=("argo", "argo"), now=told.now)
    assert owed == told.records.action(owed.action_id)
    assert (owed.hook, owed.cause, owed.instead_of) == ("argo", "fallback", action.action_id)
    assert (claim(told, "hook"), claim(told, "target")) == (["argo"], ["oncall"])


def fail_first(told: Any, rollback: Verdict) -> Action:
    """The fallback that is owed after the first hook."""
    commit(told, rollback, ARMED)
    [action] = told.records.actions()
    claim(told, "hook")
    failed = replace(action, state="failed", error="still gets 1.5.0", finished_at=told.now)
    owed: Action = told.records.finish_action(failed, next_hook=("argo", "argo"), now=told.now)
    return owed


def test_whoever_was_paged_that_a_hook_failed_is_told_that_the_next_one_is_verified(
    told: Any, rollback: Verdict
) -> None:
    owed = fail_first(told, rollback)
    assert settle(told) == [("oncall", "open")]
    told.turn(seconds=20)
    told.records.finish_action(replace(owed, state="verified", verified_at=told.now), next_hook=None, now=told.now)
    assert settle(told) == [("oncall", "change")]


def test_a_page_that_is_not_sent_yet_says_itself_that_the_next_hook_is_verified(told: Any, rollback: Verdict) -> None:
    owed = fail_first(told, rollback)
    told.records.finish_action(replace(owed, state="verified", verified_at=told.now), next_hook=None, now=told.now)
    assert [row.transition for row in told.records.notifications() if row.kind == "target"] == ["open"]


@pytest.mark.parametrize(
    ("rules", "verdict", "reason"),
    [
        (replace(ARMED, is_armed=False), {}, "the gate is not armed"),
        (
            ARMED,
            {"may_act": False, "reasons": (VerdictReason(code="not_registered", text="nobody named 1.5.0"),)},
            "the verdict may not act: nobody named 1.5.0",
        ),
    ],
)
def test_what_is_not_armed_or_not_trusted_only_says_what_it_would_have_done(
    told: Any, rollback: Verdict, rules: ActRules, verdict: dict[str, Any], reason: str
) -> None:
    for _ in range(2):
        commit(told, replace(rollback, **verdict), rules)
    [action] = told.records.actions()
    assert (action.state, action.hook, action.reason) == ("would_have", "kill", reason)
    assert (claim(told, "hook"), claim(told, "target")) == ([], ["oncall"])


def test_a_gate_that_is_armed_meanwhile_acts_on_the_rollback_that_stands(told: Any, rollback: Verdict) -> None:
    commit(told, rollback, replace(ARMED, is_armed=False))
    commit(told, rollback, ARMED)
    assert [action.state for action in told.records.actions()] == ["executing", "would_have"]


@pytest.mark.parametrize("changed", [{"verdict": "pause"}, {"is_exposed": False}])
def test_a_pause_and_a_canary_that_nobody_gets_run_nothing(told: Any, rollback: Verdict, changed: Any) -> None:
    commit(told, replace(rollback, **changed), ARMED)
    assert told.records.actions() == []


def test_every_state_stands_in_the_audit_with_its_verdict(told: Any, rollback: Verdict) -> None:
    commit(told, rollback, ARMED)
    [action] = told.records.actions()
    executed: Action = replace(action, state="executed", executed_at=told.now, detail="taken")
    told.records.write_action(executed)
    told.records.write_action(executed)
    with sqlite3.connect(told.path) as raw:
        rows = raw.execute("SELECT by, action, noun FROM audit ORDER BY audit_id").fetchall()
    assert rows == [
        (f"verdict {action.verdict_id}", "hook begins", "hook kill"),
        (f"verdict {action.verdict_id}", "hook was taken", "hook kill"),
    ]


def settle(told: Any, *, is_accepted: bool = True) -> list[tuple[str, str]]:
    """Sends what is due: target and transition of each."""
    claimed = told.records.claim_due(owner="me", now=told.now, lease_s=30, limit=10)
    for one in claimed:
        told.records.record_receipt(
            one.notification.notification_id,
            Receipt(is_accepted=is_accepted, duration_ms=1.0),
            now=told.now,
            next_attempt_at=None if is_accepted else told.now,
            attempt=one.notification.attempts,
        )
    return [(one.notification.target, one.notification.transition.value) for one in claimed]


def verified(told: Any, verdict: Verdict) -> Action:
    commit(told, verdict, ARMED)
    [action] = told.records.actions()
    done = replace(action, state="verified", verified_at=told.now)
    told.records.finish_action(done, next_hook=None, now=told.now)
    return done


def recover(told: Any, action: Action) -> None:
    told.turn(minutes=40)
    after = replace(action, recovered_at=told.now, recovery="errors 0.5 % again")
    told.records.note_recovery(after, now=told.now)


def test_a_recovery_is_told_once_after_the_end_to_whoever_was_told(told: Any, rollback: Verdict) -> None:
    action = verified(told, rollback)
    assert settle(told) == [("oncall", "open")]
    told.turn(minutes=5)
    commit(told, replace(rollback, is_exposed=False), ARMED)
    assert settle(told) == [("oncall", "resolve")]
    recover(told, action)
    assert settle(told) == [("oncall", "recover")]
    assert settle(told) == []
    [kept] = told.records.actions()
    assert (kept.recovered_at, kept.recovery) == (told.now, "errors 0.5 % again")
    assert [incident.state for incident in told.records.incidents()] == ["resolved"]


def test_a_recovery_waits_for_the_page_before_it_and_is_told_by_it(told: Any, rollback: Verdict) -> None:
    action = verified(told, rollback)
    assert settle(told, is_accepted=False) == [("oncall", "open")]
    recover(told, action)
    assert settle(told) == [("oncall", "open")]
    assert settle(told) == []
    rows = {one.transition.value: one for one in told.records.notifications() if one.kind == "target"}
    assert rows["recover"].combined_into == rows["open"].notification_id


def test_what_is_known_after_a_page_was_written_is_told_by_one_of_its_own(told: Any, rollback: Verdict) -> None:
    action = verified(told, rollback)
    [claimed] = told.records.claim_due(owner="me", now=told.now, lease_s=3600, limit=10)
    recover(told, action)
    told.records.record_receipt(
        claimed.notification.notification_id, Receipt(is_accepted=True, duration_ms=1.0), now=told.now,
        next_attempt_at=None, attempt=1,
    )  # fmt: skip
    assert settle(told) == [("oncall", "recover")]


def test_a_recovery_after_a_rollback_by_hand_is_told_to_whoever_was_told_of_the_release(
    told: Any, rollback: Verdict
) -> None:
    by_hand_only = replace(ARMED, is_armed=False)
    commit(told, rollback, by_hand_only)
    [verdict] = told.records.verdicts(app="shop")
    assert settle(told) == [("oncall", "open")]
    told.turn(minutes=5)
    by_hand = Action(
        action_id=new_id(), hook="undo", kind="command", state="verified", cause="hand", requested_at=told.now,
        requested_by="eve", idempotency_key="hand/1", app="shop", environment=verdict.environment,
        canary=rollback.canary, verdict_id=verdict.verdict_id, verified_at=told.now,
    )  # fmt: skip
    told.records.write_action(by_hand)
    told.turn(minutes=1)
    commit(told, replace(rollback, is_exposed=False), by_hand_only)
    assert settle(told) == [("oncall", "resolve")]
    recover(told, by_hand)
    assert settle(told) == [("oncall", "recover")]


def test_what_did_not_come_back_is_kept_and_told_to_nobody(told: Any, rollback: Verdict) -> None:
    action = verified(told, rollback)
    settle(told)
    told.records.note_recovery(replace(action, recovery="not seen to be back within 24 h"), now=told.now)
    assert settle(told) == []
    assert [one.recovery for one in told.records.actions()] == ["not seen to be back within 24 h"]
