"""`leadline up` with the real services: ready, asked over HTTP, killed one by one, stopped, started again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from leadline.cli import main
from leadline.settings import load_settings

pytestmark = [pytest.mark.story, pytest.mark.timeout(300)]
SERVICES = ("collector", "scheduler", "store", "web")
START_S = 120  # all of them import what they need, on a machine that does other things


@pytest.fixture
def file(write_settings: Callable[..., Path], site: Any) -> Path:
    check = f'[[check]]\nname = "home"\napp = "shop"\nurl = "{site.url}/"\nevery = "1s"\n'
    return write_settings('[[app]]\nname = "shop"\nkeys = ["pk_1"]\norigins = ["*"]\n' + check)


@pytest.fixture
def up(leadline: Callable[..., Any], file: Path) -> Any:
    running = leadline("up", "-c", str(file))
    running.wait_for("ready: dashboard", within_s=START_S)
    return running


def service_pids(up: Any) -> dict[str, int]:
    return {
        name: child.pid
        for child in psutil.Process(up.process.pid).children()
        for name in SERVICES
        if name in child.cmdline()
    }


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_commands_ask_the_running_services_and_an_app_that_has_sent_nothing_gets_one_link(
    up: Any, file: Path, capsys: pytest.CaptureFixture[str], until: Callable[..., None]
) -> None:
    dashboard = load_settings(file).web.listen
    up.wait_for(f"no beacon from shop yet: see the tag and its beacons at http://{dashboard}/#/listening?app=shop")
    c = ["-c", str(file)]
    assert main(["status", *c, "--format", "json"]) == 0
    assert {row["name"]: row["state"] for row in rows(capsys) if row["what"] == "service"} == {
        "up": "running",
        "collector": "ready",
        "scheduler": "ready",
        "web": "ready",
        "store": "ready",
    }

    def checks() -> int:
        assert main(["sql", "SELECT count(*) AS n FROM checks", *c, "--format", "json"]) == 0
        return int(rows(capsys)[0]["n"])

    until(lambda: checks() > 0)
    assert main(["vitals", *c, "--format", "json"]) == 0
    assert rows(capsys) == []
    assert main(["drops", *c, "--format", "json"]) == 0
    assert rows(capsys) == []
    assert main(["sql", "DELETE FROM checks", *c]) == 2
    capsys.readouterr()
    assert main(["deploy", "mark", "--app", "shop", "--version", "1.5.0", *c]) == 0


def test_a_killed_service_comes_back_with_what_was_in_force_and_a_stop_leaves_nothing_behind(
    up: Any, file: Path, leadline: Callable[..., Any], until: Callable[..., None]
) -> None:
    until((file.parent / ".leadline" / "run" / "accepted.toml").exists)
    right = file.read_text()
    file.write_text("[[app\nname = \n")  # a broken save, which stands while each service is killed
    for name in SERVICES:
        os.kill(service_pids(up)[name], signal.SIGKILL)
        up.wait_for(f"{name} is back", within_s=START_S)
    assert up.said.count("restarting it in") == len(SERVICES), up.said
    assert up.said.count("using the settings that are still in force") == len(SERVICES), up.said
    assert main(["status", "-c", str(file)]) == 2  # the file is still to be mended
    family = psutil.Process(up.process.pid).children(recursive=True)
    up.process.terminate()
    assert up.ends() == 0
    assert "killing it" not in up.said  # each ended by itself in the time that it has
    until(lambda: not [member for member in family if member.is_running()], within_s=2)
    file.write_text(right)
    again = leadline("up", "-c", str(file))
    again.wait_for("ready: dashboard", within_s=START_S)
