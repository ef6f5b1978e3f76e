"""The scheduler asks for verdicts and commits them; a store that stays silent is a state that pages the operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import QueryRefused, StoreUnavailable
from leadline.guard.flag_desk import FlagDesk
from leadline.incidents import Routing
from leadline.model import Verdict
from leadline.model.verdicts import MetricFinding, VerdictReason
from leadline.records import Records
from leadline.settings import configured_flags, load_settings
from leadline.storeclient.bundles import find_bundle, unpack_bundle
from leadline.storeclient.objectives import ObjectiveAnswer
from leadline.storeclient.questions import VerdictAnswered
from leadline_scheduler.own_health import find_silent_store
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.verdict_watch import VerdictWatch

NOON = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)
TOML = """
[[app]]
name = "shop"
kpis = ["checkout_completed"]
[[app]]
name = "blog"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[hook]]
name = "undo"
kind = "command"
command = ["true"]
[[gate]]
app = "shop"
canary = "cohort:canary"
baseline = "cohort:baseline"
exposure = "new-checkout"
stages = [{ share = 0.01 }, { share = 0.1 }]
on_rollback = ["undo"]
"""


def rollback(app: str = "shop") -> Verdict:
    metric = MetricFinding(
        name="errors",
        kind="share",
        state="worse",
        claim="has more errors",
        is_lower_harm=False,
        canary_sessions=900,
        baseline_sessions=900,
    )
    return Verdict(
        app=app,
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(VerdictReason(code="worse", text="more errors"),),
        sentence="Roll back 1.5.0: it has more errors than 1.4.2.",
        decided_at=NOON,
        since=NOON - timedelta(hours=1),
        metrics=(metric,),
    )


class Store:
    """Answers per app with a verdict, or raises."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"blog": QueryRefused("nothing to compare")}
        self.asked: list[str] = []
        self.questions: list[Any] = []
        self.bundle = '{"format": "x"}'

    async def ask(self, question: Any, asked: Any) -> Any:
        if not asked.with_bundle:
            self.asked.append(asked.app)
        self.questions.append(asked)
        answer = self.answers[asked.app]
        if isinstance(answer, Exception):
            raise answer
        return VerdictAnswered(verdicts=[answer], bundle=self.bundle if asked.with_bundle else None)


class Watched:
    def __init__(self, folder: Path) -> None:
        (folder / "leadline.toml").write_text(TOML)
        self.settings = settings = load_settings(folder / "leadline.toml")
        self.now = NOON
        self.woken = 0
        self.objectives: list[ObjectiveAnswer] = []
        self.store = Store()
        self.thread = RecordsThread()
        self.records = Records.open(settings.paths.records)
        self.watch = VerdictWatch(
            settings,
            store=self.store,
            records=self.records,
            thread=self.thread,
            routing=Routing(targets=("oncall",), operator="chat"),
            wall=lambda: self.now,
            on_transition=self._wake,
            objectives=lambda: self.objectives,
        )

    def start_release(self, share: float) -> None:
        desk = FlagDesk(
            self.records,
            home=self.settings.paths.home,
            flags=configured_flags(self.settings),
            rings=(),
            environments={"shop": "production"},
        )
        desk.set("new-checkout", variant="on", share=share, by="eve", reason="", at=self.now)

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(tmp_path)
    yield found
    found.thread.close()
    found.records.close()


async def test_a_rollback_is_committed_and_paged_once(watched: Watched) -> None:
    watched.store.answers["shop"] = rollback()
    await watched.watch.look()
    await watched.watch.look()
    assert [(one.subject.kind, one.subject.name) for one in watched.records.incidents()] == [("release", "1.5.0")]
    assert [one.verdict.verdict for one in watched.records.verdicts()] == ["rollback"]
    assert watched.woken == 1


async def test_where_nothing_can_be_compared_nothing_happens(watched: Watched) -> None:
    watched.store.answers["shop"] = QueryRefused("nothing to compare")
    await watched.watch.look()
    assert watched.store.asked == ["shop", "blog"]
    assert watched.records.verdicts() == []
    assert watched.watch.silent_since is None


async def test_a_silent_store_is_known_from_its_first_silence_until_it_answers(watched: Watched) -> None:
    watched.store.answers = dict.fromkeys(("shop", "blog"), StoreUnavailable("gone"))
    await watched.watch.look()
    watched.now += timedelta(minutes=4)
    await watched.watch.look()
    assert watched.watch.silent_since == NOON
    trouble = find_silent_store(watched.watch.silent_since, now=watched.now)
    assert trouble is not None
    assert (trouble.name, trouble.since) == ("store", NOON)
    watched.store.answers = {"shop": rollback(), "blog": QueryRefused("x")}
    await watched.watch.look()
    assert watched.watch.silent_since is None
    assert find_silent_store(None, now=watched.now) is None


async def test_one_app_that_can_not_be_judged_holds_up_no_other(watched: Watched) -> None:
    watched.store.answers = {"shop": StoreUnavailable("too slow"), "blog": rollback("blog")}
    await watched.watch.look()
    assert [one.subject.app for one in watched.records.incidents()] == ["blog"]


async def test_an_old_release_is_looked_at_seldom(watched: Watched) -> None:
    watched.store.answers["shop"] = replace(rollback(), since=NOON - timedelta(days=3))
    await watched.watch.look()
    await watched.watch.look()
    assert watched.store.asked.count("shop") == 1
    watched.now += timedelta(hours=2)
    await watched.watch.look()
    assert watched.store.asked.count("shop") == 2


async def test_a_started_release_anchors_the_evidence_and_says_its_stages(watched: Watched) -> None:
    watched.store.answers["shop"] = rollback()
    await watched.watch.look()
    watched.start_release(0.01)
    watched.now += timedelta(hours=1)
    watched.start_release(0.1)
    await watched.watch.look()
    before, after = [one for one in watched.store.questions if one.app == "shop" and not one.with_bundle]
    assert (before.released_at, before.stages) == (None, ())
    assert after.released_at == NOON
    assert [(stage.name, stage.share) for stage in after.stages] == [("1 %", 0.01), ("10 %", 0.1)]


async def test_a_release_whose_stage_is_new_is_looked_at_every_minute(watched: Watched) -> None:
    watched.start_release(0.01)
    watched.store.answers["shop"] = replace(rollback(), since=NOON - timedelta(days=3))
    await watched.watch.look()
    await watched.watch.look()
    assert watched.store.asked.count("shop") == 2


async def test_a_promotion_without_a_rehearsal_and_without_budget_is_recorded_as_held(watched: Watched) -> None:
    promote = replace(rollback(), verdict="promote", reasons=(), metrics=(), may_act=True)
    watched.store.answers["shop"] = promote
    watched.objectives = [objective("shop", 0.05), objective("blog", 0.0)]
    await watched.watch.look()
    [recorded] = watched.records.verdicts()
    assert (recorded.verdict.verdict, recorded.verdict.may_act) == ("promote", False)
    assert recorded.verdict.codes == ("not_rehearsed", "budget_frozen")


async def test_the_evidence_of_a_recorded_verdict_is_kept_once_and_of_that_minute(watched: Watched) -> None:
    watched.store.answers["shop"] = rollback()
    await watched.watch.look()
    await watched.watch.look()
    [asked] = [one for one in watched.store.questions if one.with_bundle]
    assert (asked.canary, asked.baseline, asked.until) == ("1.5.0", "1.4.2", NOON)
    [recorded] = watched.records.verdicts()
    found = find_bundle(watched.settings.paths.evidence, recorded.verdict_id)
    assert found is not None
    assert unpack_bundle(found.read_bytes()) == watched.store.bundle.encode()


async def test_evidence_that_can_not_be_kept_is_named_and_hinders_nothing(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.store.answers["shop"] = rollback()
    watched.settings.paths.evidence.parent.mkdir(parents=True, exist_ok=True)
    watched.settings.paths.evidence.write_text("a file where the folder should be")
    await watched.watch.look()
    [recorded] = watched.records.verdicts()
    assert f"the evidence of verdict {recorded.verdict_id} on shop could not be kept" in caplog.text


def objective(app: str, left: float) -> ObjectiveAnswer:
    return ObjectiveAnswer(
        name="checkout",
        app=app,
        indicator="errors",
        unit="sessions",
        objective=0.99,
        since=NOON - timedelta(days=30),
        until=NOON,
        valid=1000,
        bad=9,
        allowed_bad=10,
        left_ratio=left,
        spent_at=None,
        severity=None,
        burns=[],
        spent_by=[],
        points=[],
    )
