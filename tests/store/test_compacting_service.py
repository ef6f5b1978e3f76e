"""The service gives freed space back while it runs: it copies the store beside itself while it answers, then swaps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.settings import Settings
from leadline.store import Store, beside, compaction
from leadline.storeclient.backups import RetentionAnswered, RetentionAsked
from leadline_store import open_questions
from leadline_store.engine import Engine
from leadline_store.retention import answer_retention

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def running(settings: Settings, append: Any, beacon: Any, wait: Any) -> Iterator[Engine]:
    """With one page view. Its store is worth compacting once retention is applied."""
    failures: list[int] = []
    engine = Engine(settings, on_failure=failures.append, tasks=())
    append([beacon(page_view_id="a")])
    engine.start()
    try:
        wait(lambda: views(engine) == 1, 120)
        yield engine
    finally:
        engine.stop()
    assert failures == []
    assert not list(settings.paths.store.parent.glob("*.compacting*"))


def views(engine: Engine) -> int:
    try:
        with engine.asking() as store, closing(store.cursor()) as cursor:
            [(rows,)] = cursor.execute("SELECT count(*) FROM page_views").fetchall()
            return int(rows)
    except StoreUnavailable:
        return 0


def opened(engine: Engine) -> Store | None:
    try:
        with engine.asking() as store:
            return store
    except StoreUnavailable:
        return None


def apply_retention(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> RetentionAnswered:
    asked = RetentionAsked(raw_before=LONG_AGO, rollups_before=LONG_AGO, records_before=LONG_AGO, is_dry=False)
    with monkeypatch.context() as patched:
        patched.setattr(compaction.Space, "is_worth_compacting", True)
        with engine.asking(is_writing=True) as store:
            return answer_retention(store, asked)


def test_applied_retention_compacts_the_store_and_following_goes_on(
    running: Engine, append: Any, beacon: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(running)
    assert apply_retention(running, monkeypatch).is_compacted
    append([beacon(page_view_id="b")])
    wait(lambda: opened(running) not in (None, first), 120)
    wait(lambda: views(running) == 2, 120)
    assert (running.status().beacons, running.status().swaps_given_up) == (2, 0)


def test_questions_are_answered_while_the_store_is_copied_and_nothing_is_written(
    running: Engine, append: Any, beacon: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_copying, may_go_on = threading.Event(), threading.Event()
    checksum = beside.checksum

    def slowly(*arguments: Any) -> Any:
        is_copying.set()
        assert may_go_on.wait(60)
        return checksum(*arguments)

    monkeypatch.setattr(beside, "checksum", slowly)
    first = opened(running)
    apply_retention(running, monkeypatch)
    try:
        assert is_copying.wait(60)
        append([beacon(page_view_id="b")])
        assert views(running) == 1
        status = running.status()
        assert (status.state, status.is_caught_up) == ("ready", False)
        with pytest.raises(StoreUnavailable, match="is being compacted"), running.asking(is_writing=True):
            pass
    finally:
        may_go_on.set()
    wait(lambda: opened(running) not in (None, first), 120)
    wait(lambda: views(running) == 2, 120)
    with running.asking(is_writing=True) as store:
        assert store is not first


def test_an_arrow_reader_that_is_held_open_is_not_interrupted_and_the_swap_is_given_up(
    running: Engine, append: Any, beacon: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_questions, "QUIET_S", 0.0)
    monkeypatch.setattr(open_questions, "BLOCKING_S", 0.1)
    with running.asking() as store, closing(store.cursor()) as cursor:
        reader = cursor.sql("SELECT i FROM range(1000000) AS t(i)").to_arrow_reader(1000)
        assert reader.read_next_batch().num_rows > 0
        apply_retention(running, monkeypatch)
        wait(lambda: running.status().swaps_given_up == 1, 120)
        assert sum(batch.num_rows for batch in reader) < 1_000_000
        reader.close()
    append([beacon(page_view_id="b")])
    wait(lambda: views(running) == 2, 120)
    assert opened(running) is store
    with running.asking(is_writing=True):
        pass
