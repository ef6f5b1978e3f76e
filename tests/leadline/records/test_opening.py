"""Opening the records: new, old, of a newer release, damaged, by many at once."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import leadline.records
from leadline.errors import RecordsUnavailable
from leadline.records import Records
from leadline.records.columns import metadata
from leadline.records.upgrade import NEWEST

Told = Any
MIGRATIONS = Path(leadline.records.__file__).parent / "migrations"
pytestmark = pytest.mark.usefixtures("unmigrated_records")
OPEN = """
import sys
from pathlib import Path
from leadline.records import Records
Records.open(Path(sys.argv[1])).close()
"""


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_the_migrations_make_the_tables_that_the_code_expects(told: Told) -> None:
    engine = create_engine(f"sqlite:///{told.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_tables_can_be_made_on_postgresql_as_well() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex, CreateTable

    dialect = postgresql.dialect()
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            sql = str(CreateIndex(index).compile(dialect=dialect))
            assert ("WHERE" in sql) == (index.name == "uq_incidents_unresolved")


def test_a_new_file_is_for_its_owner_only_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "home" / "records.sqlite"
    records = Records.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    with records._database._write.connect() as writing:
        assert writing.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert writing.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    records.close()


def test_a_file_of_a_newer_release_is_refused_with_a_hint_and_left_alone(told: Told) -> None:
    told.commit("failed")
    told.records.close()
    connection = sqlite3.connect(told.path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    before = list(connection.iterdump())
    with pytest.raises(RecordsUnavailable, match="newer release") as refused:
        Records.open(told.path)
    assert refused.value.hint
    assert not refused.value.retryable
    assert list(connection.iterdump()) == before
    connection.close()


@pytest.mark.parametrize("content", [b"no database at all\n" * 100, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_refused_with_a_hint_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(content)
    with pytest.raises(RecordsUnavailable) as refused:
        Records.open(path)
    assert "backup" in refused.value.hint
    assert not refused.value.retryable
    assert path.read_bytes() == content


def test_a_place_that_can_not_be_written_is_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsUnavailable) as refused:
        Records.open(tmp_path / "file" / "records.sqlite")
    assert refused.value.hint


def test_a_folder_with_a_percent_sign_and_spaces_is_a_folder(tmp_path: Path) -> None:
    Records.open(tmp_path / "50% of it?" / "records.sqlite").close()


def test_many_processes_that_open_a_new_file_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    openers = [subprocess.Popen([sys.executable, "-c", OPEN, str(path)], stderr=subprocess.PIPE) for _ in range(4)]
    ends = [(opener.communicate(timeout=60)[1], opener.returncode) for opener in openers]
    assert ends == [(b"", 0)] * 4
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
    connection.close()


def test_a_database_that_another_process_holds_is_unavailable_for_now(told: Told, monkeypatch: Any) -> None:
    monkeypatch.setattr("leadline.records.database._BUSY_S", 0.05)
    impatient = Records.open(told.path)
    holder = sqlite3.connect(told.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordsUnavailable, match="locked") as refused:
        impatient.abort_unfinished(told.now)
    assert refused.value.retryable
    assert impatient.incidents() == []
    holder.execute("ROLLBACK")
    holder.close()
    assert impatient.abort_unfinished(told.now) == []
    impatient.close()


def test_a_full_disk_is_unavailable_for_now_and_loses_nothing_that_was_committed(told: Told) -> None:
    told.commit("passed", run_id="before")
    with told.records._database._write.connect() as writing:
        pages = writing.exec_driver_sql("PRAGMA page_count").scalar()
        writing.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(RecordsUnavailable, match="full") as refused:
        told.commit("failed", error_message="x" * 100_000)
    assert refused.value.retryable
    assert refused.value.hint
    assert [run.run_id for run in told.records.runs()] == ["before"]
    assert told.records.incidents() == []


def test_a_migration_that_breaks_off_leaves_the_old_form_whole(tmp_path: Path, monkeypatch: Any) -> None:
    from alembic import command

    upgrade = command.upgrade

    def upgrade_and_break(*arguments: Any) -> None:
        upgrade(*arguments)
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", upgrade_and_break)
    with pytest.raises(ZeroDivisionError):
        Records.open(tmp_path / "records.sqlite")
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    monkeypatch.undo()
    Records.open(tmp_path / "records.sqlite").close()


def test_a_long_write_ahead_log_is_folded_back(told: Told, monkeypatch: Any) -> None:
    monkeypatch.setattr("leadline.records.database._CHECKPOINT_BYTES", 100_000)
    for _ in range(40):
        told.commit("passed", error_message="x" * 4000)
    assert (told.path.parent / "records.sqlite-wal").stat().st_size < 200_000


def test_a_reader_in_the_middle_of_its_view_does_not_stop_the_writer(told: Told, monkeypatch: Any) -> None:
    monkeypatch.setattr("leadline.records.database._CHECKPOINT_BYTES", 1)
    reader = sqlite3.connect(told.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM runs").fetchall()
    told.commit("passed")
    told.commit("passed")
    assert reader.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    reader.close()
    assert len(told.records.runs()) == 2


def test_records_can_be_read_while_they_are_written_from_several_threads(told: Told) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as threads:
        reads = [threads.submit(told.records.runs) for _ in range(40)]
        for _ in range(20):
            told.commit("passed")
        assert all(read.result() is not None for read in reads)
    assert len(told.records.runs()) == 20
