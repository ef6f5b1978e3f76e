"""`leadline up` against stand-in services: real processes, real signals, real ports."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.kill
SERVICES = ("collector", "scheduler", "store", "web")


def pids(folder: Path, name: str) -> list[int]:
    file = folder / f"{name}.pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def up(leadline: Callable[..., Any], stand_ins: Path, write_settings: Callable[..., Path]) -> Callable[..., Any]:
    file = write_settings()

    def start() -> Any:
        return leadline("up", "-c", str(file), PYTHONPATH=str(stand_ins))

    return start


def test_one_line_with_the_addresses_says_that_everything_is_ready(standing_up: Any) -> None:
    running = standing_up
    running.wait_for("ready: dashboard http://127.0.0.1:")
    assert [line for line in running.said.splitlines() if "ready:" in line] == [
        line for line in running.said.splitlines() if "beacons http://127.0.0.1:" in line
    ]


def test_each_line_of_a_service_carries_its_name_and_nothing_that_moves_the_cursor(standing_up: Any) -> None:
    for name in SERVICES:
        assert f"{name:>9} │ hello \\x1b[31mfrom {name}" in standing_up.said
    assert "\x1b" not in standing_up.said


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_is_killed_is_started_again(standing_up: Any, until: Callable[..., None], name: str) -> None:
    stand_ins = standing_up.output.parent / "stand_ins"
    os.kill(pids(stand_ins, name)[-1], signal.SIGKILL)
    standing_up.wait_for(f"{name} was killed by SIGKILL; restarting it in 1 s")
    until(lambda: len(pids(stand_ins, name)) == 2)
    standing_up.wait_for(f"{name} is back")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_with_0(up: Callable[..., Any], stand_ins: Path, number: signal.Signals) -> None:
    running = up()
    running.wait_for("ready:")
    running.process.send_signal(number)
    assert running.ends() == 0
    assert not [name for name in SERVICES if is_alive(pids(stand_ins, name)[0])]


def test_a_service_that_ignores_sigterm_is_killed_and_up_still_ends_with_0(
    up: Callable[..., Any], stand_ins: Path
) -> None:
    (stand_ins / "web.mood").write_text("stubborn")
    running = up()
    running.wait_for("ready:")
    running.process.send_signal(signal.SIGTERM)
    assert running.ends() == 0
    running.wait_for("web did not end within 8.5 s, killing it")
    assert not is_alive(pids(stand_ins, "web")[0])


# That the children of a killed `up` end within two seconds is in tests/story, with the real services and browsers.
def test_after_a_kill_up_starts_again_on_the_same_home_at_once(up: Callable[..., Any]) -> None:
    first = up()
    first.wait_for("ready:")
    first.process.send_signal(signal.SIGKILL)
    up().wait_for("ready:")


def test_a_second_up_on_one_home_says_who_holds_it(standing_up: Any, leadline: Callable[..., Any]) -> None:
    first = standing_up
    folder = first.output.parent
    file, stand_ins = folder / "leadline.toml", str(folder / "stand_ins")
    second = leadline("up", "-c", str(file), folder=folder, PYTHONPATH=stand_ins)
    assert second.ends() == 2
    assert (
        f"leadline up already runs on {second.output.parent}/.leadline: pid {first.process.pid}, since 20"
        in second.said
    )
    assert f"with {second.output.parent}/leadline.toml" in second.said


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_refuses_its_configuration_stops_the_whole_start(
    up: Callable[..., Any], stand_ins: Path, name: str
) -> None:
    (stand_ins / f"{name}.mood").write_text("refuse")
    running = up()
    assert running.ends() == 2
    assert running.said.endswith(
        f"{name} failed to start, so nothing was started:\n{name}: leadline.toml:3:1: this can't be used\n"
    )
    assert not [other for other in SERVICES for pid in pids(stand_ins, other) if is_alive(pid)]


def test_a_port_that_is_taken_is_named_before_anything_is_started(up: Callable[..., Any], stand_ins: Path) -> None:
    file = stand_ins.parent / "leadline.toml"
    listen = file.read_text().split('"')[3]
    host, _, port = listen.rpartition(":")
    with socket.create_server((host, int(port))):
        running = up()
        assert running.ends() == 2
    assert f"[collector] can't listen on {listen}: another program listens there" in running.said
    assert [pids(stand_ins, name) for name in SERVICES] == [[]] * len(SERVICES)


def test_a_home_that_can_not_be_written_is_named_before_anything_is_started(
    leadline: Callable[..., Any], stand_ins: Path, write_settings: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "a-file").write_text("")
    running = leadline("up", "-c", str(write_settings(home="./a-file/home")), PYTHONPATH=str(stand_ins))
    assert running.ends() == 2
    assert "a-file/home can't be written" in running.said
    assert [pids(stand_ins, name) for name in SERVICES] == [[]] * len(SERVICES)


def test_a_misspelt_key_stops_the_start_with_its_place(
    leadline: Callable[..., Any], stand_ins: Path, write_settings: Callable[..., Path]
) -> None:
    file = write_settings("[colector]\n")
    running = leadline("up", "-c", str(file), PYTHONPATH=str(stand_ins))
    assert running.ends() == 2
    assert running.said == f"{file}:7:2: unknown key 'colector'; did you mean 'collector'?\n"
