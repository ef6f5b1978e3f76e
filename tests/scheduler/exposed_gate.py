"""A gate whose stages a hook or a person exposes, with a store that says what it is told to, on a turned clock."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from leadline.clock import now
from leadline.guard.release_state import describe_release
from leadline.guard.sides import rules_of
from leadline.guard.stage_desk import StageDesk
from leadline.incidents import Routing
from leadline.model import Action, Deployment, Incident, IncidentState, Move, Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.settings import load_settings
from leadline.settings.gate_hooks import act_order
from leadline.storeclient.questions import NewSessions
from leadline_scheduler.exposure_watch import ExposureWatch
from leadline_scheduler.incident_desk import IncidentDesk

ROUTING = Routing(targets=("oncall",))
# Notes its key and its stage, then ends with what `mood` says.
PROGRAM = """
import os, sys, time
from pathlib import Path
here = Path(__file__).parent
with (here / "ran").open("a") as out:
    out.write(f"{os.environ['LEADLINE_STAGE']} {os.environ['LEADLINE_IDEMPOTENCY_KEY']}\\n")
mood = (here / "mood").read_text() if (here / "mood").exists() else "0"
if mood == "hang":
    time.sleep(600)
sys.exit(int(mood))
"""
TOML = f"""
[[app]]
name = "shop"
[[hook]]
name = "expose"
kind = "command"
command = ["{sys.executable}", "expose.py"]
retries = 2
[[hook]]
name = "undo"
kind = "command"
command = ["true"]
[[gate]]
app = "shop"
armed = true
bake = "30m"
exposed_within = "20m"
exposure = "expose"
on_rollback = ["undo"]
stages = [{{ share = 0.1 }}, {{ share = 1.0 }}]
"""
BY_HAND = TOML.replace('exposure = "expose"\n', "")
PROMOTE = Verdict(
    app="shop",
    canary="1.5.0",
    baseline="1.4.2",
    verdict="promote",
    reasons=(),
    sentence="Promote 1.5.0.",
    decided_at=now(),
    since=now(),
    stage="10 %",
    may_act=True,
)


class Store:
    """`seen`: sessions, and those on the version, whatever the span."""

    def __init__(self) -> None:
        self.seen: tuple[int, int] | Exception = (0, 0)
        self.asked: list[NewSessions] = []

    async def ask(self, _question: Any, asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.seen, Exception):
            raise self.seen
        return {"sessions": self.seen[0], "bad": self.seen[1]}


class Gate:
    def __init__(self, folder: Path, records: Records, thread: Any, clock: Any) -> None:
        (folder / "expose.py").write_text(PROGRAM)
        self.folder, self.records, self.thread, self.clock = folder, records, thread, clock
        self.store = Store()
        for version in ("1.4.2", "1.5.0"):
            self.mark(version)
        self.configure(TOML)

    def mark(self, version: str) -> None:
        self.clock.turn(seconds=1)
        self.records.mark_deployment(
            Deployment(
                deployment_id=version, app="shop", environment="production", service_version=version,
                deployed_at=self.clock.now(), marked_by="eve", cohort=None, commit=None,
            )
        )  # fmt: skip

    def configure(self, text: str) -> None:
        (self.folder / "leadline.toml").write_text(text)
        self.settings = load_settings(self.folder / "leadline.toml")
        desk = IncidentDesk(records=self.records, thread=self.thread, routing=ROUTING, on_transition=lambda: None)
        self.watch = ExposureWatch(
            self.settings, store=self.store, records=self.records, thread=self.thread, desk=desk, wall=self.clock.now
        )

    def desk(self) -> StageDesk:
        gate = self.settings.gate_of("shop")
        return StageDesk(self.records, gate, hooks=self.settings.hook_specs(), environment="production")

    def start(self, *, owner: str | None = None, canary: str | None = "1.5.0") -> Move:
        move, _ = self.desk().open(
            0,
            over=None,
            canary=canary,
            baseline="1.4.2",
            cap=None,
            by="eve",
            reason="",
            now=self.clock.now(),
            owner=owner,
        )
        return move

    async def run(self) -> None:
        await self.watch.run_due()

    async def look(self, sessions: int, on_it: int, *, after_minutes: float = 0) -> None:
        self.clock.turn(seconds=after_minutes * 60)
        self.store.seen = (sessions, on_it)
        await self.watch.look()

    @property
    def row(self) -> dict[str, Any]:
        flags = [flag.key for flag in self.settings.flags]
        gate, hooks = self.settings.gate_of("shop"), self.settings.hook_specs()
        return describe_release(gate, self.records, flags=flags, hooks=hooks, now=self.clock.now())

    @property
    def action(self) -> Action:
        return self.records.actions(limit=1)[0]

    @property
    def ran(self) -> list[list[str]]:
        noted = self.folder / "ran"
        return [line.rsplit(" ", 1) for line in noted.read_text().splitlines()] if noted.exists() else []

    def incidents(self) -> list[Incident]:
        return [one for one in self.records.incidents() if one.state is not IncidentState.RESOLVED]

    def roll_back(self, *, is_armed: bool = True) -> None:
        """As the judge commits it."""
        reasons = (VerdictReason(code="worse", text="sells less"),)
        verdict = replace(PROMOTE, verdict="rollback", reasons=reasons, decided_at=self.clock.now())
        acts = rules_of(act_order(self.settings, "shop"), is_armed=is_armed)
        self.records.commit_verdict(verdict, environment="production", routing=ROUTING, now=self.clock.now(), acts=acts)
