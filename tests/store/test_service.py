"""The store service as a process: its socket, its lock, what it says while it starts, and how it ends."""

from __future__ import annotations

import stat
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filled_homes import StoreService, open_home

from leadline.cli import main
from leadline.errors import QueryRefused, StoreUnavailable
from leadline.settings import load_settings
from leadline.store import open_store
from leadline.storeclient import SqlAsked, StoreClient, announced_socket
from leadline.storeclient.place import read_announcement


def test_its_socket_is_for_this_user_alone_and_gone_at_the_end(service: StoreService) -> None:
    service.start()
    path = announced_socket(service.settings.paths.run)
    assert path == service.settings.paths.run / "store.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert service.stop() == 0
    assert list(service.settings.paths.run.glob("store.s*")) == []


def test_a_home_whose_path_is_too_long_for_a_socket_is_asked_through_a_private_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 10)
    folder.mkdir(parents=True)
    (folder / "leadline.toml").write_text('[[app]]\nname = "shop"\n')
    service = StoreService(folder / "leadline.toml", load_settings(folder / "leadline.toml"))
    try:
        service.start()
        run = service.settings.paths.run
        first = announced_socket(run)
        assert first.parent.parent == Path(tempfile.gettempdir())
        assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
        assert service.rows("SELECT 1 AS a") == [{"a": 1}]
        service.kill()
        service.start()
        assert not first.parent.exists(), "what a killed one left is removed"
        second = announced_socket(run)
        assert service.stop() == 0
        assert not second.parent.exists()
        assert read_announcement(run) is None
    finally:
        service.kill()


def test_one_that_was_killed_leaves_a_socket_that_keeps_nobody_from_starting(service: StoreService) -> None:
    service.start()
    service.kill()
    assert announced_socket(service.settings.paths.run).exists()
    service.start()
    assert service.rows("SELECT 1 AS a") == [{"a": 1}]


def test_a_second_one_does_not_touch_the_socket_of_the_first(
    service: StoreService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service.start()
    monkeypatch.setattr("leadline.cli.commands.services.STORE_PATIENCE_S", 0.0)
    assert main(["store", "-c", str(service.file)]) == 2
    assert "leadline store already runs on" in capsys.readouterr().err
    assert service.rows("SELECT 1 AS a") == [{"a": 1}]


def test_while_the_store_can_not_be_opened_it_says_that_it_starts(service: StoreService, wait: Any) -> None:
    with open_store(service.settings.paths.store):
        service.start(until_open=False)
        asking = StoreClient(service.settings.paths.run)
        wait(lambda: asking.status().state == "starting")
        with pytest.raises(StoreUnavailable, match="is starting"):
            asking.sql(SqlAsked(sql="SELECT 1"))
    assert service.rows("SELECT 1 AS a") == [{"a": 1}]


def test_where_none_runs_that_is_said_with_what_to_do(service: StoreService) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer at") as raised:
        StoreClient(service.settings.paths.run).sql(SqlAsked(sql="SELECT 1"))
    assert "leadline store" in raised.value.hint


def test_queries_run_beside_one_another_and_a_slow_one_is_ended(service: StoreService) -> None:
    service.start()
    slow = SqlAsked(sql="SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3", timeout_s=2)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(service.client.sql, slow)
        assert service.rows("SELECT 1 AS one") == [{"one": 1}]
        with pytest.raises(QueryRefused, match="longer than 2 s"):
            asked.result()


def test_the_home_itself_gives_the_same_figures_as_the_service(
    service: StoreService, append: Any, beacon: Any, wait: Any, settings: Any
) -> None:
    from datetime import timedelta

    from leadline import clock
    from leadline.storeclient import Scope, questions

    append([beacon(page_view_id=f"v{number}", service_version="1") for number in range(9)])
    service.start()
    wait(lambda: service.rows("SELECT count(*) AS n FROM page_views") == [{"n": 9}])
    since = clock.now() - timedelta(hours=24)
    served = service.client.ask(questions.VITALS, Scope(since=since, app="shop", kpis={"shop": ["bought"]}))
    with pytest.raises(StoreUnavailable, match="process"), open_home(settings):
        pass
    assert service.stop() == 0
    with open_home(settings) as home:
        assert home.vitals(app="shop") == served


@pytest.mark.usefixtures("cold_store")
def test_a_command_on_a_home_without_a_service_loads_once_what_nobody_has_seen_and_leaves_none_behind(
    service: StoreService, commit: Any, run_result: Any, append: Any, beacon: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    append([beacon()])
    commit(run_result())
    counts = "SELECT (SELECT count(*) FROM page_views) AS views, (SELECT count(*) FROM journey_runs) AS runs"
    for _ in range(2):
        assert main(["sql", counts, "-c", str(service.file), "--format", "csv"]) == 0
        assert capsys.readouterr().out.split() == ["views,runs", "1,1"]
    assert main(["sql", "DELETE FROM page_views", "-c", str(service.file)]) == 2
    with pytest.raises(StoreUnavailable):
        StoreClient(service.settings.paths.run).status()


def test_a_command_beside_a_service_that_is_starting_waits_for_it(
    service: StoreService, capsys: pytest.CaptureFixture[str], wait: Any
) -> None:
    service.start(until_open=False)
    assert main(["sql", "SELECT 1 AS a", "-c", str(service.file), "--format", "csv"]) == 0
    assert capsys.readouterr().out.split() == ["a", "1"]
    wait(lambda: service.client.status().state == "ready")
    assert service.stop() == 0


@pytest.mark.usefixtures("cold_store")
def test_what_hinders_the_loading_is_said_beside_the_answer(
    service: StoreService, append: Any, beacon: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    service.file.write_text(service.file.read_text() + '[store]\ncountry_database = "gone.mmdb"\n')
    append([beacon(record={"network": "8.8.8.0/24"})])
    sql = "SELECT geo_country_iso_code AS c FROM page_views"
    assert main(["sql", sql, "-c", str(service.file), "--format", "json"]) == 0
    said = capfd.readouterr()
    assert said.out == '[{"c":null}]\n'
    assert "gone.mmdb is missing" in said.err


def test_a_question_that_nobody_answers_would_stop_the_start() -> None:
    from leadline.storeclient import Question, Row, Scope
    from leadline_store.answers import find_unanswered

    assert find_unanswered() == []
    assert find_unanswered((Question("new", Scope, list[Row]),)) == ["new"]


@pytest.mark.kill
def test_a_service_ends_with_whoever_started_it(service: StoreService, wait: Any) -> None:
    import os
    import sys

    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(service.file)], stdout=subprocess.PIPE, env=os.environ | {}
    )
    wait(lambda: service.client.status().state == "ready")
    parent.kill()
    parent.communicate()
    wait(lambda: not _answers(service), within_s=5)


_PARENT = """
import os, subprocess, sys, time
environ = os.environ | {"LEADLINE_PARENT_PID": str(os.getpid())}
subprocess.Popen([sys.executable, "-P", "-m", "leadline", "store", "-c", sys.argv[1]], env=environ).wait()
"""


def _answers(service: StoreService) -> bool:
    try:
        service.client.status()
    except StoreUnavailable:
        return False
    return True
