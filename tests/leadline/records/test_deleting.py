"""Records that are deleted or replaced while they are in use: noticed at the next access, and put back."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from leadline.errors import RecordsUnavailable
from leadline.records import Records

Told = Any


def delete(path: Path) -> None:
    for left in ("", "-wal", "-shm"):
        path.with_name(path.name + left).unlink(missing_ok=True)


def test_deleted_records_are_unavailable_and_not_silently_written_into_nowhere(told: Told) -> None:
    told.commit("failed")
    delete(told.path)
    with pytest.raises(RecordsUnavailable, match="deleted while they were in use") as refused:
        told.commit("passed")
    assert refused.value.retryable


def test_they_are_put_back_with_everything_and_the_next_start_knows_the_open_incident(told: Told) -> None:
    opened = told.commit("failed").incident
    delete(told.path)
    assert told.records.rescue()
    assert not told.records.rescue()
    assert stat.S_IMODE(told.path.stat().st_mode) == 0o600
    told.records.close()
    told.records = Records.open(told.path)
    assert [one.incident_id for one in told.records.incidents()] == [opened.incident_id]
    assert told.commit("passed").transition == "resolve"


def test_another_process_finds_what_was_put_back(told: Told, reopened: Any) -> None:
    other = reopened()
    told.commit("failed")
    assert len(other.incidents()) == 1
    delete(told.path)
    with pytest.raises(RecordsUnavailable):
        other.incidents()
    told.records.rescue()
    assert len(other.incidents()) == 1
    other.close()


def test_a_file_that_is_put_in_their_place_is_what_counts(told: Told, empty_records: Path, tmp_path: Path) -> None:
    told.commit("failed")
    other = tmp_path / "other.sqlite"
    shutil.copy(empty_records, other)
    backup = Records.open(other)
    backup.queue_trial(["oncall"], by="ada", now=told.now)
    backup.close()
    delete(told.path)
    other.rename(told.path)
    assert [one.title for one in told.records.incidents()] == ["Leadline test page for ada"]
    assert told.records.replaced == 1
    assert told.commit("failed").transition == "open"


def test_an_empty_file_that_another_process_made_in_their_place_gives_way_to_them(told: Told) -> None:
    opened = told.commit("failed").incident
    delete(told.path)
    newcomer = Records.open(told.path)  # finds nothing, and begins anew
    assert told.commit("passed").transition == "resolve"
    assert told.records.rescue()
    assert not told.records.rescue()
    assert told.records.replaced == 0
    assert [one.incident_id for one in newcomer.incidents()] == [opened.incident_id]
    newcomer.close()


def test_a_file_without_tables_gives_way_too(told: Told) -> None:
    told.commit("failed")
    delete(told.path)
    told.path.touch()
    assert len(told.records.incidents()) == 1
    assert told.records.rescue()


def test_damaged_records_that_somebody_moves_away_begin_anew_and_are_not_put_back(told: Told, tmp_path: Path) -> None:
    told.commit("failed")
    with sqlite3.connect(told.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = told.path.stat().st_size
    with told.path.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"x" * (size // 2))
    with pytest.raises(RecordsUnavailable, match="damaged"):
        told.records.incidents()
    told.path.rename(tmp_path / "damaged.sqlite")
    assert not told.records.rescue()
    assert told.records.replaced == 1
    assert told.records.incidents() == []
    assert told.commit("failed").transition == "open"  # what is still wrong is paged again
