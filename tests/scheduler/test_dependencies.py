"""What fails while what it depends on fails is one page with it; its incident is its own. Bad names are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline import clock
from leadline.incidents import Routing
from leadline.model import JourneySpec, RunStatus
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline_scheduler.dependencies import name_bad_dependencies
from leadline_scheduler.monitors import Monitor, list_monitors
from leadline_scheduler.state import Overview

F, P = RunStatus.FAILED, RunStatus.PASSED
BASE = '[[app]]\nname = "shop"\nbase_url = "https://shop.example"\n[[app]]\nname = "pay"\n'


def check(name: str, *, depends_on: str = "[]", app: str = "shop") -> str:
    return f'[[check]]\nname = "{name}"\napp = "{app}"\nurl = "https://x.example/"\ndepends_on = {depends_on}\n'


def read(tmp_path: Path, *checks: str) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text(BASE + '[[journeys]]\npath = "j.py"\napp = "shop"\n' + "".join(checks))
    return load_settings(file, {})


def found(settings: Settings, *, depends_on: tuple[str, ...] = ("front",), name: str = "buy") -> Any:
    spec = JourneySpec(name=name, path="j.py", line=3, every_s=60, depends_on=depends_on)
    return [(settings.journeys[0], [spec])]


@pytest.fixture
def monitors(tmp_path: Path) -> dict[str, Monitor]:
    """`buy` stands on `front`, that on `db` of another app. A failed check is confirmed without its usual pause."""
    settings = read(tmp_path, check("front", depends_on='["check:db"]'), check("db", app="pay"), check("alone"))
    journeys = found(settings)
    assert list(name_bad_dependencies(settings, journeys)) == []
    return {one.name: replace(one, confirm_after_s=0.0) for one in list_monitors(settings, journeys)}


@pytest.fixture
def overview(monitors: dict[str, Monitor]) -> Overview:
    overview = Overview()
    for one in monitors.values():
        overview.add(one, monotonic_s=0, now=clock.now())
    return overview


@pytest.fixture
def slot_runner(make_slot_runner: Any, overview: Overview) -> Any:
    slot_runner = make_slot_runner()
    slot_runner.routing = Routing(targets=("oncall",))
    slot_runner._cause_beneath = overview.cause_beneath
    slot_runner._on_result = lambda monitor, result, _: overview.note(monitor, result, monotonic_s=0)
    return slot_runner


def claim(records: Records) -> list[list[str]]:
    """The messages that go out now, each with the names that it tells of."""
    messages = records.claim_due(owner="test", now=clock.now(), lease_s=10, limit=10, exclude_targets=())
    return [[one.incident.subject.name for one in (lead, *lead.others)] for lead in messages]


def test_what_is_reached_through_others_counts_too(monitors: dict[str, Monitor]) -> None:
    assert [(one.kind, one.app, one.name) for one in monitors["buy"].depends_on] == [
        ("check", "shop", "front"),
        ("check", "pay", "db"),
    ]
    assert [name for name, one in monitors.items() if one.is_depended_on] == ["front", "db"]


async def test_dependents_join_the_page_of_what_they_depend_on_and_keep_their_incidents(
    slot_runner: Any, runner: Any, records: Records, monitors: dict[str, Monitor]
) -> None:
    runner.script = {None: [F] * 8}
    for name in ("db", "buy", "front", "alone"):
        await slot_runner.run_slot(monitors[name], clock.now())
    assert {one.subject.name: one.shared_cause for one in records.incidents()} == {
        "db": "check pay db",
        "buy": "check pay db",
        "front": "check pay db",
        "alone": None,
    }
    assert sorted(map(sorted, claim(records))) == [["alone"], ["buy", "db", "front"]]


async def test_after_a_restart_the_records_know_what_it_stands_on(
    slot_runner: Any, runner: Any, records: Records, monitors: dict[str, Monitor], overview: Overview
) -> None:
    runner.script = {None: [F] * 4}
    await slot_runner.run_slot(monitors["db"], clock.now())
    overview.seen[monitors["db"].key].shared_cause = None
    await slot_runner.run_slot(monitors["buy"], clock.now())
    assert [one.shared_cause for one in records.incidents()] == ["check pay db"] * 2


async def test_a_dependent_that_fails_alone_is_its_own_page(
    slot_runner: Any, runner: Any, records: Records, monitors: dict[str, Monitor]
) -> None:
    runner.script = {None: [P, P, F, F]}
    for name in ("db", "front", "buy"):
        await slot_runner.run_slot(monitors[name], clock.now())
    [incident] = records.incidents()
    assert (incident.subject.name, incident.shared_cause) == ("buy", None)


@pytest.mark.parametrize(
    ("checks", "place", "said"),
    [
        ([check("front", depends_on='["dbb"]'), check("db")], "leadline.toml:13:15", "did you mean 'db'?"),
        ([check("front", depends_on='["front"]')], "leadline.toml:13:15", "goes in a circle"),
        (
            [check("front", depends_on='["db"]'), check("db", depends_on='["journey:buy"]')],
            "j.py:3: ",
            "check shop db on journey shop buy",
        ),
        ([check("front"), check("buy"), check("x", depends_on='["buy"]')], "leadline.toml:23:15", '"journey:buy"'),
    ],
)
def test_names_that_lead_nowhere_or_in_a_circle_are_refused_with_their_place(
    tmp_path: Path, checks: list[str], place: str, said: str
) -> None:
    settings = read(tmp_path, *checks)
    messages = list(name_bad_dependencies(settings, found(settings)))
    assert len(messages) == 1
    assert said in messages[0]
    assert place in messages[0]
