"""`leadline trigger`: a run now, besides the slots."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.clock import now
from leadline.model import CheckSpec, Cohort
from leadline.settings import load_settings
from leadline.settings.run_requests import FOLDER, RunRequest, ask_for_runs, take_requests
from leadline_scheduler.monitors import Monitor, fits
from leadline_scheduler.state import STATE_FILE, MonitorState, SchedulerState, write_state

APP = '[[app]]\nname = "shop"\nbase_url = "http://127.0.0.1:9"\n'


@pytest.fixture
def home(write_settings: Callable[..., Path]) -> Path:
    """A home whose scheduler runs two monitors."""
    file = write_settings(APP)
    paths = load_settings(file).paths
    paths.create_folders()
    said = {"app": "shop", "location": "local", "every_s": 60.0, "next_run_at": None}
    monitors = [
        MonitorState(monitor="check", name=name, cohort=cohort, last_status=None, last_finished_at=None, **said)
        for name, cohort in (("api", None), ("buy", "canary"))
    ]
    write_state(
        paths.run / STATE_FILE,
        SchedulerState(pid=os.getpid(), state="running", started_at=now(), last_tick_at=now(), monitors=monitors),
    )
    return file


def requests(file: Path) -> list[tuple[str | None, str | None, str | None]]:
    taken = take_requests(load_settings(file).paths.run, now=now())
    return [(one.app, one.name, one.cohort) for one in taken]


def test_what_is_scheduled_is_asked_for_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trigger", "buy", "--cohort", "canary", "-c", str(home)]) == 0
    assert "asked for 1 run: buy" in capsys.readouterr().out
    assert requests(home) == [(None, "buy", "canary")]
    assert requests(home) == []


def test_what_is_not_scheduled_is_exit_1(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trigger", "bye", "-c", str(home)]) == 1
    assert "scheduled here is api, buy" in capsys.readouterr().out
    assert main(["trigger", "-c", str(home)]) == 2


def test_without_a_scheduler_it_is_exit_3(write_settings: Callable[..., Path]) -> None:
    assert main(["trigger", "buy", "-c", str(write_settings(APP))]) == 3


def test_a_deployment_that_is_marked_asks_for_a_run_of_the_apps_monitors(home: Path) -> None:
    assert main(["deploy", "mark", "--app", "shop", "--version", "1.5.0", "-c", str(home)]) == 0
    assert requests(home) == [("shop", None, None)]


def test_a_request_that_is_old_or_damaged_is_nobodys_wish(tmp_path: Path) -> None:
    ask_for_runs(tmp_path, RunRequest(app="shop", asked_at=now() - timedelta(hours=1), reason="old"))
    (tmp_path / FOLDER / "1.json").write_text("{")
    assert take_requests(tmp_path, now=now()) == []
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_request_means_what_all_its_fields_fit() -> None:
    spec = CheckSpec(name="api", app="shop", url="http://127.0.0.1:9/", every_s=60.0)
    monitor = Monitor(
        spec=spec, app="shop", environment="production", cohort=Cohort(name="canary"), location="local", confirm=2
    )
    asked = {"asked_at": now(), "reason": ""}
    assert fits(RunRequest(app="shop", **asked), monitor)
    assert fits(RunRequest(app=None, monitor="check", name="api", cohort="canary", **asked), monitor)
    assert not fits(RunRequest(app="shop", name="apis", **asked), monitor)
    assert not fits(RunRequest(app=None, name="api", cohort="baseline", **asked), monitor)
