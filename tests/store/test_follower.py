"""What hinders one source hinders that alone, and catching up ends although more arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import LogUnavailable, RecordsUnavailable
from leadline.store import Store, open_store
from leadline_store import follower as follower_module
from leadline_store.follower import Follower


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened


@pytest.fixture
def follower(store: Store, settings: Any) -> Iterator[Follower]:
    paths = settings.paths
    opened = Follower(store, beacon_log=paths.beacon_log, records=paths.records)
    yield opened
    opened.close()


def views(store: Store) -> int:
    row = store.cursor().execute("SELECT count(*) FROM page_views").fetchone()
    assert row is not None
    return int(row[0])


def test_beacons_are_loaded_while_the_records_are_damaged_and_the_trouble_is_said(
    follower: Follower, store: Store, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def damaged(path: Path) -> Any:
        raise RecordsUnavailable("the records are damaged")

    append([beacon()])
    with monkeypatch.context() as patched:
        patched.setattr(follower_module.Records, "open", damaged)
        follower.look_and_note()
        follower.look_and_note()
    assert views(store) == 1
    assert follower.progress.trouble == "the records are damaged"
    assert capsys.readouterr().err.count("the records are damaged") == 1
    follower.look_and_note()
    assert follower.progress.trouble is None


def test_a_look_loads_a_page_and_says_whether_there_is_more(
    follower: Follower, store: Store, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "PAGE_BEACONS", 4)
    append([beacon(page_view_id=f"v{number}") for number in range(6)])
    assert follower.look()
    assert views(store) == 4
    assert not follower.look()
    assert views(store) == 6


def test_a_log_that_was_busy_for_the_moment_closes_no_minute(
    follower: Follower, store: Store, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise LogUnavailable("the log is busy", retryable=True)

    append([beacon()])
    with monkeypatch.context() as patched:
        patched.setattr(follower_module.LogReader, "read", busy)
        follower.look_and_note()
    assert (store.loaded_until, follower.progress.trouble, views(store)) == (None, None, 0)
    follower.look_and_note()
    assert store.loaded_until is not None
    assert views(store) == 1


def test_catching_up_ends_although_beacons_keep_arriving(
    follower: Follower, store: Store, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    look = follower.look

    def look_while_one_more_arrives() -> bool:
        looks.append(1)
        append([beacon(page_view_id=f"v{len(looks)}")])
        return look()

    monkeypatch.setattr(follower, "look", look_while_one_more_arrives)
    follower.catch_up()
    assert len(looks) == 1
    assert views(store) == 1


def countries(store: Store) -> list[Any]:
    rows = store.cursor().execute("SELECT geo_country_iso_code FROM page_views ORDER BY page_view_id").fetchall()
    return [row[0] for row in rows]


def test_a_country_database_that_is_missing_costs_no_beacon_and_its_coming_and_changing_is_noticed(
    store: Store, settings: Any, append: Any, beacon: Any, write_countries: Any, tmp_path: Path, capsys: Any
) -> None:
    paths = settings.paths
    follower = Follower(
        store, beacon_log=paths.beacon_log, records=paths.records, country_database=tmp_path / "countries.mmdb"
    )
    network = {"network": "8.8.8.0/24"}
    append([beacon(page_view_id="v1", record=network)])
    follower.look_and_note()
    assert countries(store) == [None]
    assert follower.progress.countries == "hindered"
    assert "countries.mmdb is missing" in str(follower.progress.trouble)
    assert capsys.readouterr().err.count("is missing") == 1
    for number, code in ((2, "US"), (3, "CA")):
        write_countries({"8.8.8.0/24": {"country_code": code}})
        append([beacon(page_view_id=f"v{number}", record=network)])
        follower.look_and_note()
    assert countries(store) == [None, "US", "CA"]
    assert (follower.progress.countries, follower.progress.trouble) == ("in use", None)
    follower.close()


def test_a_file_in_which_nothing_can_be_read_is_quarantined_once_and_stays_so_in_the_next_process(
    follower: Follower, store: Store, append: Any, beacon: Any, settings: Any
) -> None:
    append([beacon()])
    paths = settings.paths
    [file] = paths.beacon_log.glob("*.beacons")
    file.write_bytes(b"no database any more" * 1000)
    again = Follower(store, beacon_log=paths.beacon_log, records=paths.records)
    for one in (follower, follower, follower, again, again):
        one.look_and_note()
    again.close()
    cursor = store.cursor()
    assert cursor.execute("SELECT log_file, reason FROM facts.quarantine").fetchall() == [
        (file.name, "the file is damaged from here on")
    ]
    assert file.with_suffix(".loaded").exists()
