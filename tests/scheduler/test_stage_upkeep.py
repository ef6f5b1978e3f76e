"""A release that has baked goes on by itself where its gate is armed; else it says once that a person may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadline.guard.flag_desk import FlagDesk
from leadline.guard.promotion import Budget
from leadline.guard.release_state import describe_release, override_of
from leadline.model import Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.settings import configured_flags, configured_rings, load_settings
from leadline_scheduler.stage_upkeep import StageKeeping

NOON = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)
TOML = """
[[app]]
name = "shop"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[ring]]
name = "staff"
app = "shop"
when = { email_domain = "shop.example" }
[[hook]]
name = "undo"
kind = "flag"
flag = "new-checkout"
[[gate]]
app = "shop"
armed = true
bake = "30m"
exposure = "new-checkout"
on_rollback = ["undo"]
stages = [{ ring = "staff" }, { share = 0.1 }, { share = 1.0 }]
"""
PROMOTE = Verdict(
    app="shop",
    canary="1.5.0",
    baseline="1.4.2",
    verdict="promote",
    reasons=(),
    sentence="Promote 1.5.0: it is no worse than 1.4.2.",
    decided_at=NOON,
    since=NOON,
    stage="ring:staff",
    may_act=True,
)


class Gate:
    def __init__(self, folder: Path) -> None:
        self.budgets: list[Budget] | None = []
        self.now = NOON
        self.file = folder / "leadline.toml"
        self.configure(TOML)
        self.settings.paths.create_folders()
        self.records = Records.open(self.settings.paths.records)
        self.keeping = StageKeeping(self.records, budgets=lambda _app: self.budgets)

    def configure(self, text: str) -> None:
        self.file.write_text(text)
        self.settings = load_settings(self.file)

    def desk(self) -> FlagDesk:
        return FlagDesk(
            self.records,
            home=self.settings.paths.home,
            flags=configured_flags(self.settings),
            rings=configured_rings(self.settings),
            environments={"shop": "production"},
        )

    def start(self) -> None:
        self.desk().set("new-checkout", variant="on", rings=["staff"], by="eve", reason="", at=self.now)

    def judge(self, verdict: Verdict = PROMOTE, *, after_minutes: float = 0) -> None:
        self.now += timedelta(minutes=after_minutes)
        self.keeping.go_on(self.settings, verdict, now=self.now)

    @property
    def stage(self) -> str | None:
        flags, hooks = [flag.key for flag in self.settings.flags], self.settings.hook_specs()
        gate = self.settings.gate_of("shop")
        described = describe_release(gate, self.records, flags=flags, hooks=hooks, now=self.now)
        stage = described["stage"]
        assert stage is None or isinstance(stage, str)
        return stage

    @property
    def said(self) -> list[tuple[str, str, str]]:
        return [(one.hook, one.state, one.reason) for one in self.records.actions()]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path)
    yield made
    made.records.close()


def test_an_armed_gate_goes_through_its_stages_each_after_its_bake(gate: Gate) -> None:
    gate.start()
    gate.judge(after_minutes=29)
    assert gate.stage == "ring:staff"
    gate.judge(after_minutes=1)
    assert gate.stage == "10 %"
    gate.judge(after_minutes=31)  # the verdict is still one of the stage before
    assert gate.stage == "10 %"
    gate.judge(replace(PROMOTE, stage="10 %"))
    assert gate.stage == "100 %"
    gate.judge(replace(PROMOTE, stage="100 %"), after_minutes=300)
    assert [(hook, state) for hook, state, _ in gate.said] == [("stage 100 %", "executed"), ("stage 10 %", "executed")]
    override = override_of(gate.records, "new-checkout")
    assert override is not None
    assert (override.by, override.reason) == ("leadline", PROMOTE.sentence)
    published = (gate.settings.paths.home / "flags.json").read_text()
    assert '"share":1' in published.replace(" ", "")


@pytest.mark.parametrize("kind", ["rollback", "pause", "inconclusive", "no_data"])
def test_no_other_verdict_opens_a_stage(gate: Gate, kind: str) -> None:
    gate.start()
    gate.judge(replace(PROMOTE, verdict=kind), after_minutes=60)  # type: ignore[arg-type]
    assert (gate.stage, gate.said) == ("ring:staff", [])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("armed = true", "armed = false", "the gate is not armed"),
        ('on_rollback = ["undo"]', "on_rollback = []", "no hook would take it back: on_rollback is empty"),
    ],
)
def test_a_gate_that_may_not_says_once_that_a_person_may(gate: Gate, old: str, new: str, reason: str) -> None:
    gate.configure(TOML.replace(old, new))
    gate.start()
    gate.judge(after_minutes=31)
    gate.judge(after_minutes=1)
    assert gate.stage == "ring:staff"
    assert gate.said == [("stage 10 %", "would_have", reason)]


def test_a_verdict_that_may_not_act_leaves_it_to_a_person_and_says_why(gate: Gate) -> None:
    gate.start()
    reasons = (VerdictReason(code="not_rehearsed", text="hook undo was never rehearsed"),)
    gate.judge(replace(PROMOTE, may_act=False, reasons=reasons), after_minutes=31)
    assert gate.stage == "ring:staff"
    assert gate.said == [("stage 10 %", "would_have", "hook undo was never rehearsed")]


def test_a_low_budget_halves_the_first_share_and_a_lower_one_asks_for_an_owner(gate: Gate) -> None:
    gate.start()
    gate.budgets = [Budget(objective="checkout", left_ratio=0.2)]
    gate.judge(after_minutes=31)
    [(hook, state, reason)] = gate.said
    assert (hook, state, gate.stage) == ("stage 10 %", "would_have", "ring:staff")
    assert "20 % left" in reason
    gate.budgets = [Budget(objective="checkout", left_ratio=0.4)]
    gate.judge(after_minutes=1)
    override = override_of(gate.records, "new-checkout")
    assert override is not None
    assert [rule.share for rule in override.rules] == [None, 0.05]
    assert "above the cap of 5 %" in override.reason


def test_nothing_goes_on_while_the_budgets_are_not_known(gate: Gate) -> None:
    gate.start()
    gate.budgets = None
    gate.judge(after_minutes=31)
    assert (gate.stage, gate.said) == ("ring:staff", [])


def test_what_a_person_killed_or_set_meanwhile_stays(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.start()
    seen = gate.records.flag_states()
    gate.desk().kill("new-checkout", by="eve", reason="orders get lost", at=gate.now)
    monkeypatch.setattr(gate.records, "flag_states", lambda: seen)  # looked before the kill, acts after it
    gate.judge(after_minutes=31)
    monkeypatch.undo()
    override = override_of(gate.records, "new-checkout")
    assert override is not None
    assert (override.action, gate.said) == ("killed", [])


def test_a_stage_set_by_hand_meanwhile_stays(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.start()
    seen = gate.records.flag_states()
    gate.desk().set("new-checkout", variant="on", share=0.02, by="eve", reason="", at=gate.now + timedelta(minutes=1))
    monkeypatch.setattr(gate.records, "flag_states", lambda: seen)
    gate.judge(after_minutes=31)
    monkeypatch.undo()
    override = override_of(gate.records, "new-checkout")
    assert override is not None
    assert (override.by, gate.said) == ("eve", [])
