"""Backups that come back whole, and rows that go when their time is over, not before."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filled_homes import StoreService, append_to_log, encode_beacon, open_home

from leadline import clock
from leadline.cli import main
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline.store.rollups import Roller
from leadline.store.sandbox import VIEWS
from leadline.wire import BeaconError, BeaconEvent
from leadline_store.periodic import Work
from leadline_store.retention import keep_retention


def new_home(folder: Path, more: str = "") -> Settings:
    folder.mkdir()
    (folder / "leadline.toml").write_text(f'[[app]]\nname = "shop"\nkpis = ["bought"]\n{more}')
    return load_settings(folder / "leadline.toml")


def everything(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    with open_home(settings, wait_s=10) as home:
        return {view: home.query(f"SELECT * FROM {view} ORDER BY ALL").table.to_pylist() for view in VIEWS}


def aged(days: float, number: int = 3) -> list[bytes]:
    """Beacons that arrived so many days ago."""
    at = int((clock.now() - timedelta(days=days)).timestamp() * 1000)
    said: dict[str, Any] = {"started_at": at - 500, "sent_at": at, "record": {"received_at_ms": at}}
    return [
        encode_beacon(
            "shop",
            page_view_id=f"{days}-{n}",
            events=[BeaconEvent(name="bought", at_ms=1)],
            errors=[BeaconError(error_type="TypeError", message="no", at_ms=1)],
            **said,
        )
        for n in range(number)
    ]


def test_a_backup_made_while_everything_runs_becomes_the_same_home_elsewhere(
    service: StoreService,
    settings: Settings,
    commit: Callable[..., None],
    run_result: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    append_to_log(settings, aged(0.1, 5))
    commit(run_result())
    service.start()
    file = tmp_path / "backup.tar"
    assert main(["backup", str(file), "-c", str(settings.file), "--format", "json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert {part["part"] for part in written} >= {"facts.beacons", "records"}
    assert service.stop() == 0
    other = new_home(tmp_path / "other")
    assert main(["restore", str(file), "-c", str(other.file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == written
    assert everything(other) == everything(settings)
    restored = Records.open(other.paths.records)
    assert [incident.title for incident in restored.incidents(limit=5)]
    restored.close()


def test_beacons_that_were_not_loaded_when_the_backup_was_made_are_loaded_once_after_the_restore(
    settings: Settings, tmp_path: Path
) -> None:
    from leadline.store import open_store
    from leadline.storeclient.backups import BackupAsked
    from leadline_store.backups import restore, write_backup

    append_to_log(settings, aged(0.1, 4))
    asked = BackupAsked(
        file=str(tmp_path / "b.tar"), records=str(settings.paths.records), beacon_log=str(settings.paths.beacon_log)
    )
    with open_store(settings.paths.store) as store:
        parts = write_backup(store, asked)
    assert [part.rows for part in parts if part.part == "facts.beacons"] == [0]
    other = new_home(tmp_path / "other")
    restore(other, tmp_path / "b.tar")
    with open_home(other) as home:
        assert home.query("SELECT count(*) AS n FROM page_views").table.to_pylist() == [{"n": 4}]


def test_a_damaged_backup_leaves_the_home_empty_and_a_filled_home_is_not_touched(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append_to_log(settings, aged(0.1))
    file = tmp_path / "backup.tar"
    assert main(["backup", str(file), "-c", str(settings.file)]) == 0
    capsys.readouterr()
    assert main(["restore", str(file), "-c", str(settings.file)]) == 2
    assert "the home is not empty" in capsys.readouterr().err
    other = new_home(tmp_path / "other")
    for name, damaged in (("half", file.read_bytes()[:40_000]), ("flipped", flip(file, "facts.beacons.parquet"))):
        (tmp_path / name).write_bytes(damaged)
        assert main(["restore", str(tmp_path / name), "-c", str(other.file)]) == 2
        said = capsys.readouterr().err
        assert "is not a whole backup" in said or "facts.beacons.parquet is not what was written" in said
        assert not other.paths.store.exists()
        assert not other.paths.records.exists()
    assert main(["restore", str(file), "-c", str(other.file)]) == 0


def flip(file: Path, member: str) -> bytes:
    """The backup with one byte of a part changed."""
    with tarfile.open(file) as tar:
        at = tar.getmember(member).offset_data + 100
    body = bytearray(file.read_bytes())
    body[at] ^= 0xFF
    return bytes(body)


def test_rows_go_by_whole_days_when_their_time_is_over_and_they_are_in_the_rollups(tmp_path: Path) -> None:
    settings = new_home(tmp_path / "home", '[retention]\nraw = "3d"\nrollups = "20d"\n')
    settings.paths.create_folders()
    for days in (30, 10, 3, 1):
        append_to_log(settings, aged(days))
    now = datetime.now(UTC)
    with open_home(settings) as home:
        asked = "SELECT count(*) AS n, min(received_at) AS oldest FROM page_views"
        keep_retention(Work(home.store, settings, now))
        assert home.query(asked).table.to_pylist()[0]["n"] == 12, "nothing is in the rollups yet"
        roller = Roller(home.store)
        roller.roll_all(now)
        keep_retention(Work(home.store, settings, now))
        [left] = home.query(asked).table.to_pylist()
        assert left["n"] == 6
        assert left["oldest"].date() == (now - timedelta(days=3)).date()
        for view in ("errors", "events"):
            assert home.query(f"SELECT count(*) AS n FROM {view}").table.to_pylist() == [{"n": 6}]
        days = home.store.cursor().execute("SELECT min(starts_at) FROM rollups.days").fetchone()
        assert days is not None
        assert days[0].date() == (now - timedelta(days=10)).date()


def test_old_runs_go_from_the_records_and_from_the_store(tmp_path: Path, run_result: Callable[..., Any]) -> None:
    from leadline.incidents import Routing

    settings = new_home(tmp_path / "home", '[retention]\nrecords = "30d"\n')
    settings.paths.create_folders()
    records, now = Records.open(settings.paths.records), clock.now()
    for run_id, days in (("old", 40), ("young", 2)):
        at = now - timedelta(days=days)
        result = run_result(run_id=run_id, status="passed", started_at=at, finished_at=at, error_message=None)
        records.commit_result(result, confirm=2, severity="critical", routing=Routing(targets=()), now=at)
    with open_home(settings) as home:
        keep_retention(Work(home.store, settings, now))
        assert home.query("SELECT run_id FROM journey_runs").table.to_pylist() == [{"run_id": "young"}]
    assert [run.run_id for run in records.runs()] == ["young"]
    records.close()


def test_the_command_shows_what_would_go_and_removes_it_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = new_home(tmp_path / "home", '[retention]\nrecords = "30d"\nevidence = "5d"\n')
    settings.paths.create_folders()
    records = Records.open(settings.paths.records)
    records.close()
    append_to_log(settings, aged(1))
    evidence = settings.paths.evidence / "2020-01-01" / "run"
    evidence.mkdir(parents=True)
    (evidence / "log.txt").write_text("x")
    import os

    os.utime(evidence / "log.txt", (1_577_836_800, 1_577_836_800))
    command = ["retention", "-c", str(settings.file), "--format", "json"]
    assert main(command) == 0
    said = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(said.out)}
    assert (rows["facts.beacons"]["rows"], rows["facts.beacons"]["gone"]) == (3, 0)
    assert rows["facts.beacons"]["kept_for"] == "30d"
    assert rows["shop"]["rows"] == 3
    assert (rows["runs with evidence"]["gone"], rows["runs with evidence"]["kept_for"]) == (1, "5d")
    assert "dry run" in said.err
    assert evidence.exists()
    assert main([*command, "--apply"]) == 0
    assert not evidence.exists()
