"""`leadline drops` and `leadline status` beside a real collector: running, not ready, ended and killed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.cli import main


def settings_at(running: Any) -> str:
    """The same home, with the port that the collector was given."""
    file: Path = running.folder / "at_its_port.toml"
    file.write_text(running.settings.replace('"127.0.0.1:0"', f'"127.0.0.1:{running.port}"'))
    return str(file)


@pytest.fixture
def dropping(collector: Any, beacon: Callable[..., Any], wait: Any) -> Any:
    """A collector that has dropped two beacons, and has told of it."""
    running = collector()
    for seq in ("jane@example.com", -1):
        assert running.post(beacon(seq=seq, url="https://shop.example/?token=abc123")).status_code == 400
    counts = running.folder / ".leadline" / "run" / "collector-0.counts"
    wait(lambda: counts.exists() and b"invalid_field" in counts.read_bytes())
    return running


@pytest.mark.parametrize("ended", ["running", "ended", "killed"])
def test_drops_are_told_in_each_form_whether_the_collector_runs_or_not(
    dropping: Any, capsys: pytest.CaptureFixture[str], ended: str
) -> None:
    c = ["-c", settings_at(dropping)]
    if ended != "running":
        dropping.kill() if ended == "killed" else dropping.stop()
    assert main(["drops", *c]) == 0
    table = capsys.readouterr()
    assert "invalid_field" in table.out
    assert "Latest samples, redacted:\n" in table.out
    assert ("does not answer" in table.err) == (ended != "running")
    assert main(["drops", *c, "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["reason"], row["count"], row["status_code"], row["last_at"][-1]) == ("invalid_field", 2, 400, "Z")
    assert main(["drops", *c, "--format", "csv"]) == 0
    [as_csv] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (as_csv["count"], as_csv["sample"]) == ("2", row["sample"])
    for said in (table.out, json.dumps(row)):
        assert "page_view_id" in said
        assert "jane" not in said
        assert "abc123" not in said


def test_a_collector_that_starts_has_dropped_nothing_yet(
    dropping: Any, collector: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    dropping.stop()
    assert main(["drops", "-c", settings_at(collector()), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_status_says_why_a_running_collector_takes_nothing(collector: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running = collector("min_free_bytes = 1_000_000_000_000_000")
    assert main(["status", "-c", settings_at(running), "--format", "json"]) == 1
    [row] = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "collector"]
    assert row["state"] == "not ready"
    assert "the disk is below its floor" in row["detail"]
