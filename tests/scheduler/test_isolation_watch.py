"""A synthetic view among real users' figures is an incident of Leadline until marked views show that it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.incidents import Routing
from leadline.model import IncidentState
from leadline.records import Records
from leadline.settings import load_settings
from leadline.storeclient.isolation import AppIsolation, IsolationAsked
from leadline.storeclient.questions import StoreStatus
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.isolation_watch import IsolationWatch

APP = '[[app]]\nname = "shop"\n'
CLEAN = AppIsolation(app="shop", runs=60, runs_seen=60, views_marked=120, views_unmarked=0)
NOTHING = AppIsolation(app="shop", runs=0, runs_seen=0, views_marked=0, views_unmarked=0)
HIT = AppIsolation(
    app="shop", runs=60, runs_seen=60, views_marked=119, views_unmarked=1, unmarked_page_view_id="v9",
    unmarked_url_path="/pay", unmarked_run_id="run-1", unmarked_monitor="checkout",
)  # fmt: skip


@dataclass
class KnownStore:
    """Answers what a test says of the last hour and of the last day; it may be silent or behind."""

    turned_clock: Any
    hour: AppIsolation = CLEAN
    day: AppIsolation = CLEAN
    is_silent: bool = False
    is_caught_up: bool = True
    asked: list[IsolationAsked] = field(default_factory=list)

    async def status(self) -> StoreStatus:
        if self.is_silent:
            raise StoreUnavailable("no store service answers")
        return StoreStatus(pid=1, started_at=self.turned_clock.now(), state="ready", is_caught_up=self.is_caught_up)

    async def ask(self, _question: Any, asked: IsolationAsked) -> list[AppIsolation]:
        self.asked.append(asked)
        return [self.hour if (asked.at - asked.since).total_seconds() <= 3600 else self.day]


@pytest.fixture
def store(turned_clock: Any) -> KnownStore:
    return KnownStore(turned_clock)


@pytest.fixture
def make_watch(
    records: Records, thread: Any, turned_clock: Any, store: KnownStore, tmp_path: Path
) -> Callable[..., IsolationWatch]:
    def make(text: str = APP) -> IsolationWatch:
        (tmp_path / "leadline.toml").write_text(text)
        return IsolationWatch(
            load_settings(tmp_path / "leadline.toml"),
            store=store,  # type: ignore[arg-type]  # what the watch asks of it
            desk=IncidentDesk(
                records=records,
                thread=thread,
                routing=Routing(targets=("oncall", "ops"), operator="ops"),
                on_transition=lambda: None,
            ),
            wall=turned_clock.now,
        )

    return make


def states(records: Records) -> list[IncidentState]:
    return [one.state for one in records.incidents()]


async def test_a_hit_is_an_incident_that_names_view_and_run_and_ends_when_marked_views_come(
    make_watch: Any, store: KnownStore, records: Records
) -> None:
    watch = make_watch()
    await watch.look()
    assert states(records) == []
    store.hour = HIT
    await watch.look()
    await watch.look()
    [incident] = records.incidents()
    assert (incident.subject.kind, incident.subject.app, incident.kind) == ("leadline", "shop", "failure")
    assert (incident.title, incident.severity) == ("shop isolation is broken", "critical")
    [finding] = incident.findings
    assert "1 page view of our own runs" in (finding.error_message or "")
    assert "v9 (/pay): it names the trace of run run-1 (checkout)" in (finding.error_message or "")
    assert "user agent" in (finding.remedy or "")
    assert {row.target for row in records.notifications()} == {"ops"}
    store.hour = CLEAN
    await watch.look()
    assert states(records) == [IncidentState.RESOLVED]


async def test_an_hour_without_any_view_of_ours_proves_nothing_and_a_day_without_a_hit_does(
    make_watch: Any, store: KnownStore, records: Records
) -> None:
    store.hour = store.day = HIT
    await make_watch().look()
    watch = make_watch()  # after a restart
    store.hour = NOTHING
    await watch.look()
    assert states(records) == [IncidentState.OPEN]
    store.day = NOTHING
    await watch.look()
    assert states(records) == [IncidentState.RESOLVED]


@pytest.mark.parametrize("hindrance", ["is_silent", "is_behind"])
async def test_a_store_that_can_not_know_opens_nothing_and_ends_nothing(
    make_watch: Any, store: KnownStore, records: Records, hindrance: str
) -> None:
    watch = make_watch()
    store.hour, store.is_silent, store.is_caught_up = HIT, hindrance == "is_silent", hindrance != "is_behind"
    await watch.look()
    assert states(records) == []
    store.is_silent, store.is_caught_up = False, True
    await watch.look()
    store.hour, store.is_silent, store.is_caught_up = CLEAN, hindrance == "is_silent", hindrance != "is_behind"
    await watch.look()
    assert states(records) == [IncidentState.OPEN]


async def test_the_incident_of_an_app_that_was_removed_ends(
    make_watch: Any, store: KnownStore, records: Records
) -> None:
    store.hour = HIT
    await make_watch().look()
    await make_watch('[[app]]\nname = "blog"\non = false\n').look()
    assert states(records) == [IncidentState.RESOLVED]
