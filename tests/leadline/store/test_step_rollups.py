"""Steps of journeys: rolling up in pieces equals at once and a rebuild, and says what the runs say."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.model import RunResult, RunStatus, StepResult, StepStatus
from leadline.store import GateLost, Loader, Store, open_store
from leadline.store.experience.journeys import Steps, read_steps
from leadline.store.interchange import export_day, find_files, import_day, list_days
from leadline.store.loader import RECORDS_FEED
from leadline.store.retention import remove_expired
from leadline.store.rollups import Roller, rebuild, roll_steps

Changes = list[tuple[int, RunResult]]


@pytest.fixture
def stores(tmp_path: Path) -> Callable[[], Store]:
    opened: list[Store] = []

    def make() -> Store:
        opened.append(open_store(tmp_path / f"{len(opened)}.duckdb", wait_s=0))
        return opened[-1]

    return make


def runs(seed: int, now: datetime, count: int = 300) -> Changes:
    """Runs of two journeys over three days; one in ten is restated later, some of these in another hour."""
    dice = random.Random(seed)
    changes: Changes = []
    for number in range(count):
        ended = now - timedelta(minutes=dice.randrange(72 * 60))
        steps = tuple(
            StepResult(
                step=name, status=dice.choice([StepStatus.PASSED, StepStatus.DEGRADED, StepStatus.FAILED]),
                started_at=ended - timedelta(seconds=9), duration_ms=dice.lognormvariate(6, 0.5),
                budget_ms=dice.choice([None, 900.0, 1200.0]), service_version=dice.choice(["1", "2", None]),
            )
            for name in ("home", "pay")
        )  # fmt: skip
        run = RunResult(
            run_id=f"r{number:04}", monitor="journey", name=dice.choice(["buy", "sign in"]), app="shop",
            status=RunStatus.PASSED, started_at=ended - timedelta(seconds=9), finished_at=ended, duration_ms=9000.0,
            steps=steps,
        )  # fmt: skip
        changes.append((0, run))
        if dice.random() < 0.1:
            later = run.finished_at + timedelta(minutes=dice.choice([0, 90]))
            changes.append((0, replace(run, finished_at=later, steps=run.steps[:1])))
    return [(place, run) for place, (_, run) in enumerate(changes, start=1)]


def load(store: Store, changes: Changes, now: datetime) -> None:
    with closing(Loader(store)) as loader:
        after = loader.progress(RECORDS_FEED)
        loader.load_changes(after=after, upto=changes[-1][0], changes=changes, now=now)


def standing(store: Store) -> list[Any]:
    with closing(store.cursor()) as cursor:
        both = "SELECT 'hour' AS of, * FROM rollups.step_hours UNION ALL SELECT 'day', * FROM rollups.step_days"
        return sorted(cursor.execute(both).fetchall(), key=repr)


def counted(found: Steps) -> list[tuple[Any, ...]]:
    """All but the quantiles, which are rounded; a budget of two runs that ended at once is either's."""
    return [
        (
            part.journey,
            part.step,
            part.service_version,
            part.slice,
            part.n,
            part.ordinal,
            part.fastest_ms,
            part.slowest_ms,
        )
        for part in sorted(
            found.parts, key=lambda part: (part.journey, part.step, str(part.service_version), part.slice)
        )
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_rolling_steps_up_in_pieces_equals_at_once_and_a_rebuild(
    seed: int, stores: Callable[[], Store], now: datetime
) -> None:
    changes = runs(seed, now)
    piecewise, at_once = stores(), stores()
    dice, rest = random.Random(seed), changes
    while rest:
        size = dice.randrange(1, 80)
        load(piecewise, rest[:size], now)
        roll_steps(piecewise, now)
        rest = rest[size:]
    load(at_once, changes, now)
    Roller(at_once).roll_all(now)
    together = standing(at_once)
    assert len(together) > 100
    assert standing(piecewise) == together
    assert not roll_steps(piecewise, now)
    rebuild(piecewise, now)
    assert standing(piecewise) == together


@pytest.mark.parametrize("hours", [100, 30, 3])
def test_rolled_up_steps_say_what_the_runs_say(store: Store, now: datetime, hours: int) -> None:
    load(store, runs(3, now, 600), now)
    roll_steps(store, now)
    since = (now - timedelta(hours=hours)).replace(tzinfo=None)
    raw, rolled = (read_steps(store, since, "shop", source=source) for source in ("raw", "rollups"))
    assert counted(raw) == counted(rolled)
    assert (raw.source, rolled.source, rolled.as_of, len(raw.parts)) == ("raw", "rollups", now.replace(tzinfo=None), 12)
    for exact, rounded in zip(raw.parts, rolled.parts, strict=True):
        for one, other in zip(exact.durations, rounded.durations, strict=True):
            assert (one.n, one.value is None) == (other.n, other.value is None)
            if one.value is not None and one.n > 40 and one.quantile < 0.9:
                assert other.value == pytest.approx(one.value, rel=0.05)
                assert other.low == pytest.approx(one.low, rel=0.1)


@pytest.mark.parametrize("every", [timedelta(hours=1), timedelta(hours=7), timedelta(days=1)], ids=str)
def test_a_series_of_steps_from_sums_says_what_the_runs_say(store: Store, now: datetime, every: timedelta) -> None:
    load(store, runs(6, now, 400), now)
    roll_steps(store, now)
    since = (now - timedelta(hours=50, minutes=20)).replace(tzinfo=None)
    raw, rolled = (read_steps(store, since, "shop", every=every, source=source) for source in ("raw", "rollups"))
    assert counted(raw) == counted(rolled)
    assert (raw.source, rolled.source) == ("raw", "rollups")
    begins = {datetime.fromisoformat(part.slice).replace(tzinfo=None) for part in raw.parts}
    assert min(begins) <= since < min(begins) + every
    assert len(begins) > 2
    whole = read_steps(store, min(begins), "shop", source="raw")
    assert sum(part.n for part in raw.parts) == sum(part.n for part in whole.parts)


def test_a_series_by_the_minute_is_read_from_runs(store: Store, now: datetime) -> None:
    load(store, runs(7, now), now)
    roll_steps(store, now)
    since = (now - timedelta(hours=3)).replace(tzinfo=None)
    found = read_steps(store, since, "shop", every=timedelta(minutes=90), source="rollups")
    assert (found.source, {part.slice[14:16] for part in found.parts} <= {"00", "30"}) == ("raw", True)


def test_two_passes_at_once_write_the_steps_once(store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadline.store.rollups import journeys

    load(store, runs(4, now, 40), now)
    write = journeys.write_due_steps

    def overtaken(cursor: Any, at: datetime) -> None:
        monkeypatch.setattr(journeys, "write_due_steps", write)
        cursor.execute("SELECT count(*) FROM rollups.steps_due").fetchone()  # the moment that this pass sees
        roll_steps(store, at)
        write(cursor, at)

    monkeypatch.setattr(journeys, "write_due_steps", overtaken)
    with pytest.raises(GateLost):
        roll_steps(store, now)
    once = standing(store)
    assert once
    rebuild(store, now)
    assert standing(store) == once


def test_imported_runs_are_rolled_up_and_go_with_the_records(
    stores: Callable[[], Store], now: datetime, tmp_path: Path
) -> None:
    ours, theirs = stores(), stores()
    load(ours, runs(5, now, 60), now)
    roll_steps(ours, now)
    folder = tmp_path / "exported"
    for table, day, _ in list_days(ours, since=None, until=None):
        export_day(ours, folder, table, day, since=None, until=None)
    found = find_files(folder)
    for day in found.days:
        import_day(theirs, [file for file in found.files if file.day == day], now=now)
        roll_steps(theirs, now)
    assert standing(theirs) == standing(ours)
    later = now + timedelta(days=9)
    remove_expired(ours, {"raw": later, "rollups": now - timedelta(days=400), "records": later})
    assert standing(ours) == []
