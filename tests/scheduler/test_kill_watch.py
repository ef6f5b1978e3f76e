"""A person kills the flag that exposes a bad release: an action is written, once, and *recovered* follows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.flags import Flag
from leadline.guard.flag_desk import FlagDesk
from leadline.incidents import Routing
from leadline.model import Action, Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.records.page_facts import read_page_facts
from leadline.settings import Settings, configured_flags, load_settings
from leadline.storeclient.questions import RecoveryAnswered
from leadline_scheduler.hook_course import HookCourse
from leadline_scheduler.kill_watch import KillWatch
from leadline_scheduler.recovery_watch import RecoveryWatch

TOML = """
[[app]]
name = "shop"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[gate]]
app = "shop"
exposure = "new-checkout"
stages = [{ share = 0.5 }, { share = 1.0 }]
"""


class Kept:
    """A release whose flag is open, and what the watch has begun."""

    def __init__(self, settings: Settings, records: Records, thread: Any, clock: Any) -> None:
        self.settings, self.records, self.thread, self.clock = settings, records, thread, clock
        self.begun: list[Action] = []
        self.flags: list[Flag] = configured_flags(settings)
        self.watch = KillWatch(
            settings=lambda: settings, records=records, thread=thread, wall=clock.now, begin=self.begun.append
        )

    def judge(self, kind: str) -> None:
        now = self.clock.now()
        verdict = Verdict(
            app="shop", canary="1.5.0", baseline="1.4.2", verdict=kind, sentence=f"It is {kind}.", decided_at=now,  # type: ignore[arg-type]
            reasons=(VerdictReason(code="worse", text="more errors"),), since=now,
        )  # fmt: skip
        self.records.commit_verdict(verdict, environment="production", routing=Routing(targets=("oncall",)), now=now)

    def kill(self) -> None:
        desk = FlagDesk(
            self.records, home=self.settings.paths.home, flags=self.flags, rings=[], environments={"shop": "production"}
        )
        desk.kill("new-checkout", by="eve", reason="orders get lost", at=self.clock.now())


@pytest.fixture
def kept(records: Records, thread: Any, turned_clock: Any, tmp_path: Path) -> Kept:
    (tmp_path / "leadline.toml").write_text(TOML)
    settings = load_settings(tmp_path / "leadline.toml")
    settings.paths.create_folders()
    return Kept(settings, records, thread, turned_clock)


async def test_a_kill_after_a_rollback_has_one_action_that_names_who_and_why(kept: Kept) -> None:
    kept.judge("rollback")
    kept.kill()
    await kept.watch.look()
    assert kept.begun == []  # an abort would write its own action now
    kept.clock.turn(seconds=11)
    await kept.watch.look()
    await kept.watch.look()
    [action] = kept.begun
    assert (action.hook, action.state, action.cause) == ("kill new-checkout", "executed", "hand")
    assert (action.requested_by, action.reason, action.canary) == ("eve", "orders get lost", "1.5.0")
    assert kept.records.actions() == [action]


@pytest.mark.parametrize("kind", ["promote", "pause", "inconclusive"])
async def test_a_kill_that_no_rollback_went_before_is_only_a_change_of_the_flag(kept: Kept, kind: str) -> None:
    kept.judge(kind)
    kept.kill()
    kept.clock.turn(seconds=11)
    await kept.watch.look()
    assert kept.begun == []


async def test_a_kill_by_an_abort_or_a_hook_keeps_its_one_action(kept: Kept) -> None:
    kept.judge("rollback")
    kept.kill()
    kept.clock.turn(seconds=11)
    await kept.watch.look()
    [own] = kept.begun
    kept.records.write_action(replace(own, state="failed", finished_at=kept.clock.now()))  # as a failed abort leaves it
    await kept.watch.look()
    assert len(kept.begun) == 1


async def test_figures_that_are_back_after_it_are_told_to_whoever_was_paged(kept: Kept) -> None:
    kept.judge("rollback")
    kept.kill()
    kept.clock.turn(seconds=11)
    await kept.watch.look()
    now = kept.clock.now()
    kept.records.write_action(replace(kept.begun[0], state="verified", verified_at=now, finished_at=now))

    class Store:
        async def ask(self, _question: Any, _asked: Any) -> Any:
            return RecoveryAnswered(state="recovered", text="errors 1.0 %")

    await RecoveryWatch(
        kept.settings, store=Store(), records=kept.records, thread=kept.thread, wall=kept.clock.now,
        on_transition=lambda: None,
    ).look()  # fmt: skip
    assert sorted(one.transition.value for one in kept.records.notifications()) == ["open", "recover"]
    [incident] = kept.records.incidents()
    facts = read_page_facts(kept.records, incident, last=[], now=now)
    assert facts.machine[-1].startswith("eve killed new-checkout, verified at ")
    assert facts.recovered is not None
    assert facts.recovered.endswith(": errors 1.0 %.")


async def test_users_are_checked_after_it_as_after_a_hook(kept: Kept) -> None:
    class Verifier:
        looked: list[str] = []  # noqa: RUF012

        async def look(self, hook: Any, _side: Any, _act: Any, **_: Any) -> Any:
            from leadline.guard.verification import Seen

            self.looked.append(hook.spec.flag)
            return Seen(is_verified=True, evidence="3 evaluations in a row: OFREP answers 'off'")

    verifier: Any = Verifier()
    course = HookCourse(
        records=kept.records, thread=kept.thread, routing=lambda: Routing(targets=("oncall",)), verifier=verifier,
        wall=kept.clock.now, steady=kept.clock.now, jitter=lambda: 0.0, on_pages_due=lambda: None, on_end=lambda: None,
    )  # fmt: skip
    course.follow(kept.settings)
    kept.judge("rollback")
    kept.kill()
    kept.clock.turn(seconds=11)
    await kept.watch.look()
    await course.watch(kept.begun[0])
    assert verifier.looked == ["new-checkout"]
    assert [one.state for one in kept.records.actions()] == ["verified"]
