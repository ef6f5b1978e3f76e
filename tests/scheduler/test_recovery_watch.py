"""After a rollback the store is asked each minute until the figures are back; then it is told, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.incidents import Routing
from leadline.incidents.acts import ActRules
from leadline.model import Verdict
from leadline.model.verdicts import MetricFinding, VerdictReason
from leadline.records import Records
from leadline.settings import load_settings
from leadline.storeclient.questions import RecoveryAnswered, RecoveryAsked
from leadline_scheduler.recovery_watch import LONGEST, RecoveryWatch

TOML = """
[[app]]
name = "shop"
[[hook]]
name = "undo"
kind = "command"
command = ["true"]
[[gate]]
app = "shop"
armed = true
on_rollback = ["undo"]
"""


class Store:
    """Answers with what is put into it."""

    def __init__(self) -> None:
        self.answer: RecoveryAnswered | Exception = RecoveryAnswered(state="too_few", text="errors of no session yet")
        self.asked: list[RecoveryAsked] = []

    async def ask(self, _question: Any, asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def watch(records: Records, thread: Any, turned_clock: Any, tmp_path: Path, store: Store) -> RecoveryWatch:
    """Over a rollback that was verified just now."""
    (tmp_path / "leadline.toml").write_text(TOML)
    now = turned_clock.now()
    metric = MetricFinding(
        name="errors", kind="share", state="worse", claim="has more errors", is_lower_harm=False,
        canary_sessions=900, baseline_sessions=900, canary_value=0.02, baseline_value=0.01,
    )  # fmt: skip
    verdict = Verdict(
        app="shop", canary="1.5.0", baseline="1.4.2", verdict="rollback", sentence="Roll back 1.5.0.", may_act=True,
        reasons=(VerdictReason(code="worse", text="more errors"),), decided_at=now, since=now, metrics=(metric,),
    )  # fmt: skip
    acts = ActRules(hooks=(("undo", "command"),), is_armed=True)
    records.commit_verdict(verdict, environment="production", routing=Routing(targets=("oncall",)), now=now, acts=acts)
    [action] = records.actions()
    records.finish_action(replace(action, state="verified", verified_at=now), next_hook=None, now=now)
    return RecoveryWatch(
        load_settings(tmp_path / "leadline.toml"), store=store, records=records, thread=thread,
        wall=turned_clock.now, on_transition=lambda: None,
    )  # fmt: skip


def owed(records: Records) -> list[str]:
    return [one.transition.value for one in records.notifications() if one.transition.value == "recover"]


async def test_it_asks_by_that_verdict_until_it_is_back_and_not_again(
    watch: RecoveryWatch, store: Store, records: Records, turned_clock: Any
) -> None:
    await watch.look()
    assert [(one.verdict.canary, one.since) for one in store.asked] == [("1.5.0", records.actions()[0].verified_at)]
    assert [one.recovery for one in records.actions()] == [""]
    store.answer = RecoveryAnswered(state="recovered", text="errors 1.0 % in 3,000 sessions since then")
    turned_clock.turn(seconds=60)
    await watch.look()
    [action] = records.actions()
    assert action.recovered_at is not None
    assert action.recovery == "errors 1.0 % in 3,000 sessions since then"
    assert owed(records) == ["recover"]
    await watch.look()
    assert (len(store.asked), owed(records)) == (2, ["recover"])


async def test_a_store_that_does_not_answer_is_asked_again(
    watch: RecoveryWatch, store: Store, records: Records
) -> None:
    store.answer = StoreUnavailable("no store service answers")
    await watch.look()
    assert [one.recovery for one in records.actions()] == [""]
    store.answer = RecoveryAnswered(state="recovered", text="errors 1.0 %")
    await watch.look()
    assert owed(records) == ["recover"]


async def test_after_a_day_it_says_what_was_seen_and_tells_nobody(
    watch: RecoveryWatch, store: Store, records: Records, turned_clock: Any
) -> None:
    turned_clock.turn(seconds=LONGEST.total_seconds() + 60)
    await watch.look()
    [action] = records.actions()
    assert (action.recovered_at, action.recovery) == (
        None,
        "not back within 1 d: errors of no session yet",
    )
    assert owed(records) == []
    await watch.look()
    assert len(store.asked) == 1


async def test_a_rollback_by_journeys_alone_is_not_judged(watch: RecoveryWatch, store: Store, records: Records) -> None:
    store.answer = RecoveryAnswered(state="not_judged", text="the verdict found no figure of users worse")
    await watch.look()
    assert [one.recovery for one in records.actions()] == ["not judged: the verdict found no figure of users worse"]
    assert owed(records) == []


async def test_a_rollback_by_hand_is_looked_at_and_one_verdict_is_told_once(
    watch: RecoveryWatch, store: Store, records: Records, turned_clock: Any
) -> None:
    [first] = records.actions()
    turned_clock.turn(seconds=5)
    now = turned_clock.now()
    again = replace(
        first, action_id="ZZZ", hook="flag", cause="hand", incident_id=None, requested_at=now, verified_at=now
    )
    records.write_action(again)
    await watch.look()
    assert [one.since for one in store.asked] == [first.verified_at]
    store.answer = RecoveryAnswered(state="recovered", text="errors 1.0 %")
    await watch.look()
    await watch.look()
    assert len(store.asked) == 2
    assert owed(records) == ["recover"]
