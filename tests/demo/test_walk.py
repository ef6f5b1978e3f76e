"""`make demo` as a process: it tells a true story, ends by itself, and leaves nobody behind however it is ended."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
WALK = [sys.executable, str(ROOT / "deploy" / "demo" / "walk.py")]
ENDS_WITHIN_S = 20


def four_free_ports() -> int:
    """The first of four in a row that are free now."""
    for port in range(21_000 + os.getpid() % 10_000, 60_000, 4):
        try:
            for each in range(port, port + 4):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        return port
    raise AssertionError("no four free ports in a row")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE")}
    return kept | {"LEADLINE_PORT": str(four_free_ports()), "LEADLINE_HOME": str(tmp_path), "DURATION": "60"}


@pytest.fixture
def walking(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A walk whose visitors have started."""
    process = subprocess.Popen(WALK, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "Healthy baseline" in line:
            break
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()


def everybody_below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Polled until the visitors' browser and a worker's are there."""
    deadline = time.monotonic() + 30
    below: list[psutil.Process] = []
    while time.monotonic() < deadline:
        below = psutil.Process(process.pid).children(recursive=True)
        if sum("headless" in each.name() or "chrom" in each.name() for each in below) >= 4:
            return below
        time.sleep(0.2)
    raise AssertionError(f"no browsers among {below}")


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=ENDS_WITHIN_S)
    return [each for each in alive if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.story
@pytest.mark.browser
@pytest.mark.timeout(400)
def test_the_walk_tells_its_story_and_every_claim_holds(environment: dict[str, str]) -> None:
    ran = subprocess.run(WALK, env=environment, capture_output=True, text=True, timeout=380, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("✓") == 14
    assert "✗" not in ran.stdout
    for told in ("DOWN shop checkout · buy · 1.5.0 (canary)", "UP shop checkout", "journeys run", "beacons stored"):
        assert told in ran.stdout
    # Where a minute ends while the canary fails, its release is judged by that: an incident, and a change of the page.
    assert re.search(
        r"^ *incidents +(1 \(1 resolved\)|2 \(1 (resolved, 1 open|open, 1 resolved)\))$", ran.stdout, re.M
    ), ran.stdout
    assert re.search(r"^ *notifications sent +(\d) of \1; \1 pages arrived$", ran.stdout, re.M), ran.stdout
    assert ran.stderr == ""


@pytest.mark.story
@pytest.mark.browser
@pytest.mark.kill
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_nobody_is_left_behind_however_the_walk_is_ended(
    walking: subprocess.Popen[str], number: signal.Signals, code: int
) -> None:
    below = everybody_below(walking)
    walking.send_signal(number)
    assert walking.wait(timeout=ENDS_WITHIN_S) == code
    assert left_of(below) == []


@pytest.mark.story
@pytest.mark.browser
@pytest.mark.kill
def test_a_part_that_dies_ends_the_walk_and_is_named(walking: subprocess.Popen[str]) -> None:
    below = everybody_below(walking)
    shop = next(each for each in below if "shop" in each.cmdline())
    shop.kill()
    assert walking.wait(timeout=ENDS_WITHIN_S) == 1
    assert walking.stderr is not None
    assert "shop ended with -9" in walking.stderr.read()
    assert left_of(below) == []


def test_a_taken_port_is_one_message_and_nothing_is_started(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", int(environment["LEADLINE_PORT"]) + 1)):
        ran = subprocess.run(WALK, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "(collector)" in ran.stderr
    assert "LEADLINE_PORT=" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("duration", ["soon", "5", "nan", "-90"])
def test_a_length_that_is_none_is_one_message(environment: dict[str, str], duration: str) -> None:
    asked = environment | {"DURATION": duration}
    ran = subprocess.run(WALK, env=asked, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "DURATION=90" in ran.stderr
