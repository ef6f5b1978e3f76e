"""One answer, two sources: rows and rollups say the same, cut by nothing, by time and by a dimension."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_up.histories import HOUR_MS, load, log, story

from leadline.store import Store, open_store
from leadline.store.experience import DIMENSIONS, Asked, Experience, Key, Part, read_experience, source_choice
from leadline.store.experience.parts import Source
from leadline.store.retention import remove_expired
from leadline.store.rollups import Roller
from leadline.wire import Vitals

CUTS = ["none", "time", "minutes", *DIMENSIONS.values()]


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """400 beacons of 60 hours, rolled up in two passes, with some hours and days folded."""
    bodies = story(5, int(NOW.timestamp() * 1000), beacons=400, longest_view_ms=10 * HOUR_MS)
    with open_store(tmp_path_factory.mktemp("history") / "store.duckdb") as store:
        load(store, bodies[:180], NOW)
        roller = Roller(store)
        roller.roll_all(NOW - timedelta(hours=20))
        load(store, bodies[180:], NOW)
        roller.roll_all(NOW)
        yield store


def ask(store: Store, cut: str, source: Any, since: datetime) -> Experience:
    every = {"time": timedelta(hours=6), "minutes": timedelta(minutes=30)}.get(cut)
    slice_by: Any = "time" if every else cut
    return read_experience(store, Asked(since=since, app="shop", slice_by=slice_by, every=every), source=source)


def counts(part: Part) -> tuple[Any, ...]:
    caused = {name: kpi for name, kpi in sorted(part.kpis.items()) if kpi.events}
    kpis = {name: (round(kpi.events, 3), round(kpi.sessions, 3)) for name, kpi in caused.items()}
    values = {name: round(kpi.value_sum or 0, 3) for name, kpi in caused.items()}
    return (
        *(round(amount, 3) for amount in (part.page_views, part.page_views_with_error, part.errors, part.sessions)),
        round(part.crossing_sessions, 3), part.measured_page_views, kpis, values,
    )  # fmt: skip


def something(experience: Experience) -> dict[Key, Part]:
    """Without what has weight 0 alone: rollups keep no cell of it."""
    return {key: part for key, part in experience.parts.items() if part.page_views or part.sessions}


def values(experience: Experience) -> dict[tuple[Key, str, float], float]:
    """Every quantile of every vital; NaN where there are too few views for one."""
    return {
        (key, vital, estimate.quantile): math.nan if estimate.value is None else estimate.value
        for key, part in experience.parts.items()
        for vital, estimates in part.vitals.items()
        for estimate in estimates
    }


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("hours", [1000, 24, 3])
def test_rollups_count_what_rows_count(history: Store, now: datetime, cut: str, hours: int) -> None:
    since = now - timedelta(hours=hours)
    if cut == "minutes" and hours > 48:
        since = datetime.fromisoformat("2026-11-22T00:00:00+00:00")  # minutes are kept for whole days
    if hours == 1000:
        since = since.replace(hour=0)
    raw, rolled = ask(history, cut, "raw", since), ask(history, cut, "rollups", since)
    expected = {key: counts(part) for key, part in something(raw).items()}
    found = {key: counts(part) for key, part in something(rolled).items()}
    keys = {*found, *expected}
    differing = [(key, found.get(key), expected.get(key)) for key in keys if found.get(key) != expected.get(key)]
    assert differing == []
    assert expected
    assert (raw.source, rolled.source, raw.error_bound) == ("raw", "rollups", 0.0)


def test_a_quantile_of_rollups_lies_within_their_error_bound(store: Store, now: datetime, now_ms: int) -> None:
    dice = random.Random(7)
    bodies = [
        log(
            received_ms=now_ms, page_view_id=f"v{view}", session_id=f"s{view // 3}", service_version=str(view % 2),
            vitals=Vitals(lcp_ms=dice.lognormvariate(7, 0.8), cls=dice.lognormvariate(-3, 1)),
        )
        for view in range(3000)
    ]  # fmt: skip
    load(store, bodies, now)
    Roller(store).roll_all(now)
    raw, rolled = (ask(store, "none", source, now - timedelta(hours=1)) for source in ("raw", "rollups"))
    for key, part in raw.parts.items():
        for vital in ("lcp_ms", "cls"):
            for exact, rough in zip(part.vitals[vital], rolled.parts[key].vitals[vital], strict=True):
                assert rough.value == pytest.approx(exact.value, rel=0.02)
                assert rough.n == exact.n == 1500
                assert rough.low is not None
                assert rough.high is not None
                assert rough.low < (exact.value or 0) < rough.high


@pytest.mark.parametrize("cut", ["none", "time", "route"])
def test_one_vital_alone_says_what_it_says_beside_the_others(history: Store, now: datetime, cut: Any) -> None:
    asked = Asked(since=now - timedelta(hours=30), app="shop", slice_by=cut, every=timedelta(hours=6))
    sources: list[Source] = ["raw", "rollups"]
    for source in sources:
        whole = read_experience(history, asked, source=source)
        alone = read_experience(history, replace(asked, vitals=("lcp_ms",)), source=source)
        expected = {key: value for key, value in values(whole).items() if key[1] == "lcp_ms"}
        assert values(alone) == pytest.approx(expected, nan_ok=True)
        assert 0 < len(expected) < len(values(whole))


def test_few_views_are_read_from_rows_and_many_from_rollups(
    history: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = now - timedelta(hours=1000)
    assert ask(history, "none", None, since).source == "raw"
    monkeypatch.setattr(source_choice, "RAW_VIEWS", 10)
    found = ask(history, "none", None, since + timedelta(minutes=20))
    assert found.source == "rollups"
    assert (found.since.minute, found.error_bound) == (0, pytest.approx(0.02))
    assert found.as_of == now.replace(tzinfo=None)


def test_an_answer_is_of_one_moment(
    history: Store, now: datetime, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leadline.store.experience import raw as reading

    told = []
    kpi = reading._kpi

    def loads_meanwhile(*arguments: Any) -> Any:
        if not told:
            load(history, story(9, now_ms, beacons=50), now, file="log-9")
        told.append(1)
        return kpi(*arguments)

    before = ask(history, "none", "raw", now - timedelta(hours=1000))
    monkeypatch.setattr(reading, "_kpi", loads_meanwhile)
    during = ask(history, "none", "raw", now - timedelta(hours=1000))
    assert told
    assert {key: counts(part) for key, part in during.parts.items()} == {
        key: counts(part) for key, part in before.parts.items()
    }


def test_a_question_about_days_whose_rows_retention_removed_is_answered_from_the_sums(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.duckdb") as store:
        load(store, story(5, int(NOW.timestamp() * 1000), beacons=200, longest_view_ms=HOUR_MS), NOW)
        Roller(store).roll_all(NOW)
        since, today = NOW - timedelta(days=5), NOW.replace(hour=0)
        standing = something(ask(store, "none", "rollups", since))
        remove_expired(store, {"raw": today, "rollups": since, "records": since})
        found = ask(store, "none", None, since)
        assert found.source == "rollups"
        assert {key: counts(part) for key, part in something(found).items()} == {
            key: counts(part) for key, part in standing.items()
        }
        assert sum(part.page_views for part in something(ask(store, "none", "raw", since)).values()) < sum(
            part.page_views for part in standing.values()
        )
        assert ask(store, "none", None, today).source == "raw"
