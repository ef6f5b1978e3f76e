"""What evidence goes first."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from leadline.workers import sweep_evidence
from leadline.workers.evidence_sweep import RunFolder, choose_expired

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def folder(name: str, *, age_s: float, size_bytes: int = 10) -> RunFolder:
    return RunFolder(Path(name), NOW - timedelta(seconds=age_s), size_bytes)


def names(folders) -> list[str]:
    return [one.path.name for one in folders]


def test_nothing_goes_while_all_is_young_and_fits():
    assert choose_expired([folder("a", age_s=5)], max_bytes=10, max_age_s=60, now=NOW) == []


def test_what_is_too_old_goes_though_it_would_fit():
    kept = [folder("old", age_s=61), folder("young", age_s=59)]
    assert names(choose_expired(kept, max_bytes=1000, max_age_s=60, now=NOW)) == ["old"]


def test_the_oldest_go_until_the_rest_fits():
    kept = [folder("c", age_s=1), folder("a", age_s=3), folder("b", age_s=2)]
    assert names(choose_expired(kept, max_bytes=15, max_age_s=60, now=NOW)) == ["a", "b"]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=20), st.integers(0, 300), st.floats(0.1, 100)
)
def test_what_stays_fits_and_is_young_and_nothing_young_goes_while_an_older_stays(kept, max_bytes, max_age_s):
    folders = [folder(str(index), age_s=age, size_bytes=size) for index, (age, size) in enumerate(kept)]
    expired = choose_expired(folders, max_bytes=max_bytes, max_age_s=max_age_s, now=NOW)
    left = [one for one in folders if one not in expired]
    assert sum(one.size_bytes for one in left) <= max_bytes
    assert all(NOW - one.written_at <= timedelta(seconds=max_age_s) for one in left)
    if left and expired:
        assert max(one.written_at for one in expired) <= min(one.written_at for one in left)


def write(root: Path, day: str, run: str, *, size: int, age_s: float) -> None:
    place = root / day / run
    place.mkdir(parents=True)
    (place / "trace.zip").write_bytes(b"x" * size)
    at = (NOW - timedelta(seconds=age_s)).timestamp()
    os.utime(place / "trace.zip", (at, at))


def test_a_sweep_removes_whole_runs_and_empty_days_and_touches_nothing_else(tmp_path):
    write(tmp_path, "2026-11-20", "R1", size=100, age_s=4 * 86400)
    write(tmp_path, "2026-11-24", "R2", size=100, age_s=20)
    write(tmp_path, "2026-11-24", "R3", size=100, age_s=10)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "keep.txt").write_text("mine")
    assert sweep_evidence(tmp_path, 150, 86400.0, NOW) == 200
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "2026-11-24/R3/trace.zip",
        "notes/keep.txt",
    ]
    assert not (tmp_path / "2026-11-20").exists()


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert sweep_evidence(tmp_path / "none", 1, 1.0, NOW) == 0
