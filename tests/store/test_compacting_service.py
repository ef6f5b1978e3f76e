"""The service gives freed space back while it runs: it closes the store, compacts it, and goes on where it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leadline.errors import StoreUnavailable
from leadline.settings import Settings
from leadline.store import Store, compaction
from leadline.storeclient.backups import RetentionAsked
from leadline_store import engine as engine_module
from leadline_store.engine import Engine
from leadline_store.retention import answer_retention

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_applied_retention_compacts_the_store_and_following_goes_on(
    settings: Settings, append: Any, beacon: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worth = [True]
    monkeypatch.setattr(compaction.Space, "is_worth_compacting", property(lambda _: bool(worth)))
    compacted: list[int] = []

    def compact(*arguments: Any, **named: Any) -> int:
        compacted.append(compaction.compact_if_worth(*arguments, **named))
        worth.clear()
        return compacted[-1]

    failures: list[int] = []
    running = Engine(settings, on_failure=failures.append, tasks=())

    def opened() -> Store | None:
        try:
            return running.store
        except StoreUnavailable:
            return None

    def views() -> int:
        store = opened()
        found = None if store is None else store.cursor().execute("SELECT count(*) FROM page_views").fetchone()
        return 0 if found is None else int(found[0])

    append([beacon(page_view_id="a")])
    running.start()
    try:
        wait(lambda: views() == 1)
        first = opened()
        assert first is not None
        monkeypatch.setattr(engine_module, "compact_if_worth", compact)
        asked = RetentionAsked(raw_before=LONG_AGO, rollups_before=LONG_AGO, records_before=LONG_AGO, is_dry=False)
        assert answer_retention(first, asked).is_compacted
        append([beacon(page_view_id="b")])
        wait(lambda: opened() not in (None, first))
        wait(lambda: views() == 2)
        assert (len(compacted), failures, running.status().beacons) == (1, [], 2)
    finally:
        running.stop()
    assert not list(settings.paths.store.parent.glob("*.compacting*"))
