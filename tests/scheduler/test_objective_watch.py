"""A burn is an incident of its objective; a store that does not answer is a state that the operator hears of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.incidents import Routing
from leadline.model import IncidentState
from leadline.records import Records
from leadline.settings import load_settings
from leadline.storeclient.objectives import BurnAnswer, ObjectiveAnswer, ObjectivesAsked, SpentBy
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.objective_watch import ObjectiveWatch

ROUTING = Routing(targets=("oncall", "ops"), operator="ops")
APP = '[[app]]\nname = "shop"\n'
SLO = '[[slo]]\nname = "errors"\napp = "shop"\nindicator = "errors"\nobjective = 0.999\n'


@dataclass
class ScriptedStore:
    """Answers with burn rates that the test sets; None: it does not answer."""

    rates: tuple[float, float] | None = (0.0, 0.0)
    asked: list[ObjectivesAsked] = field(default_factory=list)

    async def ask(self, _question: Any, asked: ObjectivesAsked) -> list[ObjectiveAnswer]:
        self.asked.append(asked)
        if self.rates is None:
            raise StoreUnavailable("no store service answers")
        return [self._answer(one.name, asked.at) for one in asked.objectives]

    def _answer(self, name: str, at: datetime) -> ObjectiveAnswer:
        assert self.rates is not None
        fast, slow = self.rates
        burns = [
            BurnAnswer(
                long_s=long_s, short_s=long_s / 12, factor=factor, severity=severity, long_rate=rate, short_rate=rate,
                bad=900.0, valid=10_000.0, has_enough_data=True, is_firing=rate >= factor,
            )
            for long_s, factor, severity, rate in ((3600, 14.4, "critical", fast), (86400, 3.0, "warning", slow))
        ]  # fmt: skip
        return ObjectiveAnswer(
            name=name, app="shop", indicator="errors", unit="page views", objective=0.999,
            since=at - timedelta(days=30), until=at, valid=100_000, bad=60, allowed_bad=100, left_ratio=0.4,
            spent_at=at + timedelta(hours=2), severity=None, burns=burns,
            spent_by=[SpentBy(service_version="1.5.0", bad=54, valid=1000, ratio=0.9)], points=[],
        )  # fmt: skip


@pytest.fixture
def store() -> ScriptedStore:
    return ScriptedStore()


@pytest.fixture
def make_watch(
    records: Records, thread: Any, turned_clock: Any, store: ScriptedStore, tmp_path: Path
) -> Callable[..., ObjectiveWatch]:
    def make(text: str = APP + SLO) -> ObjectiveWatch:
        (tmp_path / "leadline.toml").write_text(text)
        return ObjectiveWatch(
            load_settings(tmp_path / "leadline.toml"),
            store=store,  # type: ignore[arg-type]  # what the watch asks of it
            desk=IncidentDesk(records=records, thread=thread, routing=ROUTING, on_transition=lambda: None),
            wall=turned_clock.now,
        )

    return make


async def test_a_burn_opens_an_incident_that_says_how_fast_and_who(
    make_watch: Any, store: ScriptedStore, records: Records
) -> None:
    store.rates = (20.0, 1.0)
    await make_watch().look()
    [incident] = records.incidents()
    subject = incident.subject
    assert (subject.kind, subject.name, subject.app, incident.severity) == ("objective", "errors", "shop", "critical")
    assert incident.title == "shop errors burns its budget on 1.5.0"
    said = incident.findings[0].error_message or ""
    assert said.startswith("900 of 10,000 page views in 1 h were bad: 20.0 times too fast")
    assert "Budget left: 40%, at this rate spent in 2 h" in said
    assert "90% of what was bad is version 1.5.0" in said
    assert {row.target for row in records.notifications()} == {"oncall", "ops"}


async def test_a_second_alert_changes_the_incident_and_the_last_one_ends_it(
    make_watch: Any, store: ScriptedStore, records: Records
) -> None:
    watch = make_watch()
    for rates in ((0.0, 4.0), (20.0, 4.0), (20.0, 4.0), (0.0, 4.0), (0.0, 0.0)):
        store.rates = rates
        await watch.look()
    [incident] = records.incidents()
    assert incident.state is IncidentState.RESOLVED
    history = [one.kind.value for one in records.transitions(incident.incident_id)]
    assert history == ["open", "change", "change", "resolve"]


async def test_a_store_that_does_not_answer_is_unknown_and_told_to_the_operator(
    make_watch: Any, store: ScriptedStore, records: Records, turned_clock: Any
) -> None:
    store.rates = (20.0, 1.0)
    watch = make_watch()
    await watch.look()
    store.rates = None
    await watch.look()
    turned_clock.turn(seconds=170)
    await watch.look()
    assert [one.subject.kind for one in records.incidents()] == ["objective"]
    turned_clock.turn(seconds=20)
    await watch.look()
    opened = {one.subject.kind: one for one in records.incidents()}
    assert (opened["leadline"].subject.name, opened["leadline"].state) == ("store", IncidentState.UNKNOWN)
    assert opened["objective"].state is IncidentState.OPEN
    told = {row.target for row in records.notifications(incident_id=opened["leadline"].incident_id)}
    assert told == {"ops"}
    store.rates = (20.0, 1.0)
    await watch.look()
    assert {one.subject.kind: one.state for one in records.incidents()}["leadline"] is IncidentState.RESOLVED


async def test_an_objective_that_was_removed_burns_no_more(
    make_watch: Any, store: ScriptedStore, records: Records
) -> None:
    store.rates = (20.0, 1.0)
    await make_watch().look()
    await make_watch(APP + SLO.replace('"errors"\napp', '"other"\napp')).look()
    states = {one.subject.name: one.state for one in records.incidents()}
    assert states == {"errors": IncidentState.RESOLVED, "other": IncidentState.OPEN}


async def test_without_objectives_nothing_is_asked(make_watch: Any, store: ScriptedStore) -> None:
    await make_watch(APP).look()
    assert store.asked == []
