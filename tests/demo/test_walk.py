"""`make demo` as a process: it tells a true story, ends by itself, and leaves nobody behind however it is ended."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
WALK = [sys.executable, str(ROOT / "deploy" / "demo" / "walk.py")]
ENDS_WITHIN_S = 40
STARTS_WITHIN_S = 120


def four_free_ports() -> int:
    """The first of four in a row that are free now, anywhere: walks that begin side by side must not meet."""
    while True:
        port = random.randrange(20_000, 32_000, 4)  # below those that the system gives to connections
        try:
            for each in range(port, port + 4):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        return port


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE")}
    return kept | {
        "LEADLINE_PORT": str(four_free_ports()),
        "LEADLINE_HOME": str(tmp_path),
        "DURATION": "30",
    }


@pytest.fixture
def walk(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A walk that has begun to start its parts. What it says goes to a file: nobody reads it while it runs."""
    said = Path(environment["LEADLINE_HOME"]) / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(WALK, env=environment, stdout=out, stderr=subprocess.PIPE, text=True)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def everybody_below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Polled until the visitors' browser and a worker's are there."""
    return polled(process, lambda: sum("headless" in name or "chrom" in name for name in _names(process)) >= 4)


def polled(process: subprocess.Popen[str], is_so: Callable[[], bool]) -> list[psutil.Process]:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the walk ended"
        with suppress(psutil.NoSuchProcess):
            if is_so():
                return below(process)
        time.sleep(0.2)
    raise AssertionError(f"not within {STARTS_WITHIN_S} s: {below(process)}")


def _names(process: subprocess.Popen[str]) -> list[str]:
    return [each.name() for each in below(process)]


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=ENDS_WITHIN_S)
    return [each for each in alive if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.story
@pytest.mark.browser
@pytest.mark.timeout(900)
def test_the_walk_tells_its_story_every_claim_holds_and_nobody_is_left(
    walk: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    everybody = everybody_below(walk)
    assert walk.stderr is not None
    complaints = walk.stderr.read()
    code = walk.wait(timeout=ENDS_WITHIN_S)
    told = (Path(environment["LEADLINE_HOME"]) / "said.txt").read_text()
    assert (code, complaints) == (0, ""), told
    assert told.count("✓") == 14
    assert "✗" not in told
    for words in (
        "DOWN shop checkout · buy · 1.5.0 (canary)",
        "UP shop checkout",
        "journeys run",
        "beacons stored",
        "CHAPTERS=2 make demo",
    ):
        assert words in told
    # Where a minute ends while the canary fails, its release is judged by that: an incident, and a change of the page.
    incidents = r"^ *incidents +(1 \(1 resolved\)|2 \(1 (resolved, 1 open|open, 1 resolved)\))$"
    assert re.search(incidents, told, re.M), told
    assert re.search(r"^ *hooks run +0 \(none\)$", told, re.M), told
    assert re.search(r"^ *notifications sent +(\d) of \1; \d pages arrived$", told, re.M), told
    assert left_of(everybody) == []


@pytest.mark.story
@pytest.mark.browser
@pytest.mark.kill
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_nobody_is_left_behind_however_the_walk_is_ended(
    walk: subprocess.Popen[str], number: signal.Signals, code: int
) -> None:
    everybody = everybody_below(walk)
    walk.send_signal(number)
    assert walk.wait(timeout=ENDS_WITHIN_S) == code
    assert left_of(everybody) == []


@pytest.mark.story
@pytest.mark.kill
@pytest.mark.timeout(300)
def test_a_part_that_dies_while_the_others_start_ends_the_walk_and_is_named(walk: subprocess.Popen[str]) -> None:
    started = polled(walk, lambda: _part(walk, "shop") is not None and _part(walk, "up") is not None)
    shop = _part(walk, "shop")
    assert shop is not None
    shop.kill()
    assert walk.wait(timeout=ENDS_WITHIN_S) == 1
    assert walk.stderr is not None
    assert "shop ended with -9" in walk.stderr.read()
    assert left_of(started) == []


def _part(process: subprocess.Popen[str], word: str) -> psutil.Process | None:
    return next((each for each in below(process) if word in each.cmdline()), None)


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


@pytest.mark.parametrize(
    ("chapters", "duration_s", "is_live", "told"),
    [
        (None, None, True, 2),
        (None, None, False, 1),
        (None, 90.0, True, 1),
        (None, 240.0, False, 2),
        ("2", 30.0, False, 2),
    ],
)
def test_the_second_release_is_told_where_there_is_time_for_it(
    chapters: str | None, duration_s: float | None, is_live: bool, told: int
) -> None:
    from walk import read_chapters

    assert read_chapters(chapters, duration_s, is_live=is_live) == told


def test_a_number_of_chapters_that_is_none_is_one_message(environment: dict[str, str]) -> None:
    asked = environment | {"CHAPTERS": "3"}
    ran = subprocess.run(WALK, env=asked, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "CHAPTERS=2" in ran.stderr
