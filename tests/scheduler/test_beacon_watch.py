"""Pages that fell silent are a blindness that the operator hears of, and nothing is concluded that nobody can know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.incidents import Routing
from leadline.model import Incident, IncidentState
from leadline.records import Records
from leadline.settings import load_settings
from leadline.storeclient.questions import BeaconsAsked, BeaconsHeard, StoreStatus
from leadline_scheduler.beacon_watch import BeaconWatch
from leadline_scheduler.incident_desk import IncidentDesk

ROUTING = Routing(targets=("oncall", "ops"), operator="ops")
APP = '[[app]]\nname = "shop"\n'


@dataclass
class KnownBeacons:
    """Answers from the times of one app's beacons, as the store does; it may be silent or behind."""

    times: list[datetime] = field(default_factory=list)
    is_silent: bool = False
    is_caught_up: bool = True
    spans: list[timedelta] = field(default_factory=list)

    async def status(self) -> StoreStatus:
        if self.is_silent:
            raise StoreUnavailable("no store service answers")
        return StoreStatus(pid=1, started_at=self.times[0], state="ready", is_caught_up=self.is_caught_up)

    async def ask(self, _question: Any, asked: BeaconsAsked) -> list[BeaconsHeard]:
        self.spans.append(asked.at - asked.since)
        times = sorted(one for one in self.times if asked.since <= one < asked.at)
        if not times:
            return []
        gaps = [(later - one).total_seconds() for one, later in pairwise(times)]
        gap_s = max(gaps, default=0.0)
        return [BeaconsHeard(app="shop", first_at=times[0], last_at=times[-1], longest_gap_s=gap_s)]


@pytest.fixture
def store(turned_clock: Any) -> KnownBeacons:
    """Six hours of traffic, never silent for longer than ten minutes."""
    now = turned_clock.now()
    return KnownBeacons([now - timedelta(minutes=minutes) for minutes in range(1, 361, 10)])


@pytest.fixture
def make_watch(
    records: Records, thread: Any, turned_clock: Any, store: KnownBeacons, tmp_path: Path
) -> Callable[..., BeaconWatch]:
    def make(text: str = APP) -> BeaconWatch:
        (tmp_path / "leadline.toml").write_text(text)
        return BeaconWatch(
            load_settings(tmp_path / "leadline.toml"),
            store=store,  # type: ignore[arg-type]  # what the watch asks of it
            desk=IncidentDesk(records=records, thread=thread, routing=ROUTING, on_transition=lambda: None),
            wall=turned_clock.now,
        )

    return make


@pytest.fixture
def minutes_pass(turned_clock: Any) -> Callable[..., Any]:
    async def look_each(watch: BeaconWatch, minutes: int) -> None:
        for _ in range(minutes):
            turned_clock.turn(seconds=60)
            await watch.look()

    return look_each


def states(records: Records) -> list[IncidentState]:
    return [one.state for one in records.incidents()]


async def test_three_times_the_longest_gap_is_a_blindness_of_the_operator_until_a_beacon_comes(
    make_watch: Any, store: KnownBeacons, records: Records, turned_clock: Any, minutes_pass: Any
) -> None:
    watch = make_watch()
    await minutes_pass(watch, 29)
    assert states(records) == []
    await minutes_pass(watch, 1)
    incident: Incident
    [incident] = records.incidents()
    assert (incident.subject.app, incident.kind, incident.state) == ("shop", "blindness", IncidentState.UNKNOWN)
    assert incident.title == "shop beacons have stopped"
    [finding] = incident.findings
    said = "no beacon of a real user for 31 min; the longest silence of the seven days before was 10 min"
    assert (finding.error_message or "").startswith(said)
    assert "the collector" in (finding.remedy or "")
    assert {row.target for row in records.notifications()} == {"ops"}
    await minutes_pass(watch, 5)
    store.times.append(turned_clock.now())
    await minutes_pass(watch, 1)
    assert states(records) == [IncidentState.RESOLVED]


async def test_no_silence_is_short_enough_to_alarm_within_a_quarter_of_an_hour(
    make_watch: Any, store: KnownBeacons, records: Records, turned_clock: Any, minutes_pass: Any
) -> None:
    store.times = [turned_clock.now() - timedelta(seconds=seconds) for seconds in range(1, 3600, 5)]
    watch = make_watch()
    await minutes_pass(watch, 14)
    assert states(records) == []
    await minutes_pass(watch, 1)
    assert states(records) == [IncidentState.UNKNOWN]
    assert "never silent for a minute" in (records.incidents()[0].findings[0].error_message or "")


@pytest.mark.parametrize("hindrance", ["is_silent", "is_behind"])
async def test_a_store_that_can_not_know_opens_nothing_and_ends_nothing(
    make_watch: Any, store: KnownBeacons, records: Records, minutes_pass: Any, hindrance: str
) -> None:
    watch = make_watch()
    await minutes_pass(watch, 20)
    store.is_silent, store.is_caught_up = hindrance == "is_silent", hindrance != "is_behind"
    await minutes_pass(watch, 60)
    assert states(records) == []
    store.is_silent, store.is_caught_up = False, True
    await minutes_pass(watch, 1)
    assert states(records) == [IncidentState.UNKNOWN]
    store.is_silent, store.is_caught_up = hindrance == "is_silent", hindrance != "is_behind"
    await minutes_pass(watch, 3)
    assert states(records) == [IncidentState.UNKNOWN]


async def test_a_restart_neither_forgets_the_silence_nor_takes_its_own_absence_for_one(
    make_watch: Any, store: KnownBeacons, records: Records, turned_clock: Any, minutes_pass: Any
) -> None:
    turned_clock.turn(hours=8)
    watch = make_watch()
    await minutes_pass(watch, 29)
    assert states(records) == []
    await minutes_pass(watch, 1)
    assert states(records) == [IncidentState.UNKNOWN]
    await make_watch().look()
    assert states(records) == [IncidentState.UNKNOWN]
    await make_watch('[[app]]\nname = "other"\n').look()
    assert states(records) == [IncidentState.RESOLVED]


async def test_one_try_is_no_traffic(
    make_watch: Any, store: KnownBeacons, records: Records, turned_clock: Any, minutes_pass: Any
) -> None:
    store.times = [turned_clock.now() - timedelta(minutes=minutes) for minutes in (1, 2)]
    await minutes_pass(make_watch(), 60)
    assert states(records) == []


async def test_the_whole_week_is_read_once_an_hour_only(
    make_watch: Any, store: KnownBeacons, minutes_pass: Any
) -> None:
    await minutes_pass(make_watch(), 62)
    assert [span > timedelta(days=6) for span in store.spans].count(True) == 2
