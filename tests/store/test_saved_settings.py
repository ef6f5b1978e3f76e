"""A saved leadline.toml reaches the store service while it runs, as it does every other service."""

from __future__ import annotations

import queue

import pytest
from filled_homes import append_to_log, encode_beacon, wait_until

from leadline.beaconlog import LogReader
from leadline.settings import Settings
from leadline.store import open_store
from leadline_store import follower
from leadline_store.engine import Engine
from leadline_store.periodic import Task, Work
from leadline_store.saved_settings import SavedSettings

DAY_S = 86_400.0
APP = '[[app]]\nname = "shop"\nkpis = ["bought"]\n'


def test_a_task_works_on_the_retention_that_was_saved_while_the_service_runs(settings: Settings) -> None:
    failures: list[int] = []
    seen: queue.Queue[float] = queue.Queue()

    def note(work: Work) -> None:
        seen.put(work.settings.retention.raw)

    engine = Engine(settings, on_failure=failures.append, tasks=(Task("noting", 0.05, note),))
    engine.start()
    try:
        assert seen.get(timeout=30) == 30 * DAY_S
        settings.file.write_text(APP + '[retention]\nraw = "3d"\n')
        wait_until("the saved retention is in force", lambda: seen.get(timeout=30) == 3 * DAY_S)
    finally:
        engine.stop()
    assert failures == []


def test_a_broken_file_leaves_the_old_settings_in_force_and_is_said_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = SavedSettings(settings)
    settings.file.write_text(APP + "[retention]\nraw = 3\n")
    saved.look()
    saved.look()
    assert saved.settings.retention.raw == 30 * DAY_S
    said = capsys.readouterr().err
    assert said.count("leadline.toml:5:") == 1
    assert said.startswith("leadline store: ")


def test_what_was_opened_at_the_start_waits_for_the_next_one_and_that_is_said(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = SavedSettings(settings)
    settings.file.write_text(APP + '[store]\nmemory_limit = "300MB"\n[collector]\nlog_max_bytes = 5_000_000\n')
    saved.look()
    assert saved.settings.memory_limit == settings.memory_limit
    assert saved.settings.collector.log_max_bytes == 5_000_000
    assert "store.memory_limit was changed while this runs" in capsys.readouterr().err


def test_the_log_is_kept_within_the_limit_of_now(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "REMOVE_EVERY_S", 0.0)
    append_to_log(settings, [encode_beacon("shop")])
    paths, limit = settings.paths, [10_000_000]
    with open_store(paths.store) as store:
        following = follower.Follower(
            store, beacon_log=paths.beacon_log, records=paths.records, log_max_bytes=lambda: limit[0]
        )
        try:
            following.catch_up()
            following.catch_up()
            assert LogReader(paths.beacon_log).files(), "loaded, and small enough to stay"
            limit[0] = 1
            following.catch_up()
            assert not LogReader(paths.beacon_log).files()
        finally:
            following.close()
