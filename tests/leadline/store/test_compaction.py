"""A store whose rows went gets smaller, and keeps what stands: also where compacting fails or is killed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from made_up import migrating_process
from made_up.histories import HOUR_MS, load, story, sums
from made_up.migrating_process import COMPACTING, SWAPPING

from leadline.errors import StoreUnavailable
from leadline.store import Store, compaction, open_store, swapping
from leadline.store.compaction import Space, compact_if_worth, measure_space
from leadline.store.rollups import Roller

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Some megabytes, of which nothing stays.
FILLER = (
    "INSERT INTO facts.load_reports "
    "SELECT NULL, 'shop', 'x', hash(i)::VARCHAR || hash(-i), i FROM range(100000) AS t(i)"
)
# In a process of its own: within one, DuckDB opens a file as often as one likes.
COMPACT = "import sys, pathlib, leadline.store.compaction as c; print(c.compact_if_worth(pathlib.Path(sys.argv[1])))"


@pytest.fixture(scope="module")
def shrunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has kept a story, and lost far more than that. Not to be changed."""
    made = tmp_path_factory.mktemp("shrunk") / "store.duckdb"
    with open_store(made) as store:
        load(store, story(3, int(NOW.timestamp() * 1000), beacons=60, longest_view_ms=HOUR_MS), NOW)
        Roller(store).roll_all(NOW)
        with closing(store.cursor()) as cursor:
            for statement in (FILLER, "CHECKPOINT", "DELETE FROM facts.load_reports", "CHECKPOINT"):
                cursor.execute(statement)
    return made


@pytest.fixture
def path(shrunk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a copy of it, which is worth compacting."""
    monkeypatch.setattr(compaction, "WORTH_BYTES", 1)
    return Path(shutil.copy(shrunk, tmp_path))


def kept(store: Store) -> tuple[Any, ...]:
    with closing(store.cursor()) as cursor:
        views = cursor.execute("FROM page_views ORDER BY page_view_id").fetchall()
        errors = cursor.execute("SELECT count(*), sum(count) FROM errors").fetchall()
    return views, errors, sums(store)


def test_the_file_loses_what_is_free_and_keeps_what_stands(path: Path) -> None:
    with open_store(path) as store:
        before = kept(store)
    size = path.stat().st_size
    told: list[tuple[int, int]] = []
    given_back = compact_if_worth(path, tell=lambda done, total: told.append((done, total)))
    assert given_back == size - path.stat().st_size > 1_000_000
    assert (told[-1][0], {total for _, total in told}) == (told[-1][1], {told[-1][1]})
    with open_store(path) as store:
        assert kept(store) == before
        with closing(store.cursor()) as cursor:
            assert not measure_space(cursor).is_worth_compacting
    assert compact_if_worth(path) == 0
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_where_little_is_free_nothing_is_copied() -> None:
    assert Space(1_000_000_000, 300_000_000).is_worth_compacting
    assert not Space(1_000_000_000, 200_000_000).is_worth_compacting
    assert not Space(60_000_000, 50_000_000).is_worth_compacting
    assert Space(3_000_000_000, 1_600_000_000).is_worth_interrupting
    assert not Space(3_000_000_000, 1_400_000_000).is_worth_interrupting


def test_a_store_that_is_open_elsewhere_and_one_that_is_not_there_are_left_alone(path: Path, tmp_path: Path) -> None:
    with open_store(path):
        told = subprocess.run([sys.executable, "-c", COMPACT, str(path)], check=True, capture_output=True, timeout=300)
    assert told.stdout == b"0\n"
    assert compact_if_worth(tmp_path / "none.duckdb") == 0


def test_where_compacting_fails_the_file_stands_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashlib.sha256(path.read_bytes()).digest()
    with monkeypatch.context() as patched:
        patched.setattr(swapping.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
        with pytest.raises(StoreUnavailable, match="room for 10 bytes only"):
            compact_if_worth(path)
    with monkeypatch.context() as patched:
        patched.setattr(compaction, "_checksum", lambda _, table: (int(table.startswith("compacted")), None))
        with pytest.raises(StoreUnavailable, match=r"the copy of facts\.\w+ differs"):
            compact_if_worth(path)
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.kill
@pytest.mark.parametrize("step", [*COMPACTING, *SWAPPING])
def test_killed_in_any_step_of_compacting_what_stands_is_there(step: str, path: Path) -> None:
    with open_store(path) as store:
        before = kept(store)
    ended = subprocess.run([sys.executable, migrating_process.__file__, str(path), step], check=False, timeout=300)
    assert ended.returncode == -signal.SIGKILL
    with open_store(path) as store:
        assert kept(store) == before
    assert (compact_if_worth(path) == 0) == step.endswith("swapped")
    assert [file.name for file in path.parent.iterdir()] == [path.name]
