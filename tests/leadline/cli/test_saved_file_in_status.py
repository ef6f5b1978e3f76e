"""A save that is not in force is shown, with its place, and is not well."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from leadline import clock
from leadline.cli import main
from leadline.settings import load_settings
from leadline_scheduler.state import STATE_FILE, MonitorState, SchedulerState, write_state


def test_status_shows_a_save_that_is_not_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[web]\nlisten = "127.0.0.1:9"\n[collector]\nlisten = "127.0.0.1:10"\n')
    paths = load_settings(file).paths
    paths.create_folders()
    now = clock.now()
    problem = f"{tmp_path}/journeys/buy.py:3:1: SyntaxError: invalid syntax"
    state = SchedulerState(
        pid=os.getpid(), state="running", started_at=now, last_tick_at=now, configured_at=now, problem=problem
    )
    write_state(paths.run / STATE_FILE, state)
    with (paths.run / "scheduler.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert main(["status", "-c", str(file), "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    [said] = [row for row in rows if row["what"] == "saved file"]
    assert (said["state"], said["detail"]) == ("not in force", problem)


def test_a_scheduler_that_hangs_is_not_ready_and_incidents_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[web]\nlisten = "127.0.0.1:9"\n[collector]\nlisten = "127.0.0.1:10"\n')
    paths = load_settings(file).paths
    paths.create_folders()
    long_ago = clock.now() - timedelta(seconds=11)
    state = SchedulerState(pid=os.getpid(), state="running", started_at=long_ago, last_tick_at=long_ago)
    write_state(paths.run / STATE_FILE, state)
    with (paths.run / "scheduler.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert main(["status", "-c", str(file), "--format", "json"]) == 1
        rows = json.loads(capsys.readouterr().out)
        main(["incidents", "-c", str(file)])
    [said] = [row for row in rows if row["name"] == "scheduler"]
    assert said["state"] == "not ready"
    assert "it has not ticked since" in said["detail"]
    assert "The scheduler has not ticked" in capsys.readouterr().err


def test_a_monitor_under_maintenance_is_shown_as_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[web]\nlisten = "127.0.0.1:9"\n[collector]\nlisten = "127.0.0.1:10"\n')
    paths = load_settings(file).paths
    paths.create_folders()
    now = clock.now()
    monitor = MonitorState(
        monitor="check",
        name="api",
        app="shop",
        cohort=None,
        location="local",
        every_s=60,
        next_run_at=now,
        last_status="failed",
        last_finished_at=now,
        maintenance="db move",
        maintenance_until=now + timedelta(hours=1),
    )
    state = SchedulerState(pid=os.getpid(), state="running", started_at=now, last_tick_at=now, monitors=[monitor])
    write_state(paths.run / STATE_FILE, state)
    with (paths.run / "scheduler.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        main(["status", "-c", str(file), "--format", "json"])
    [said] = [row for row in json.loads(capsys.readouterr().out) if row["what"] == "check"]
    assert said["state"] == "maintenance"
    assert said["detail"].startswith("db move until ")
