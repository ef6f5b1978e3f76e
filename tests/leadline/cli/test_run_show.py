"""`leadline run show ID` on a real home with nothing running on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.cli.trace_viewer import has_display
from leadline.incidents import NOBODY
from leadline.model import Cause, Evidence, RunResult, RunStatus, StepResult, StepStatus
from leadline.records import Records
from leadline.settings import load_settings

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RUN = "01JB0000000000000000000001"
APP = '[[app]]\nname = "shop"\n'


@pytest.fixture
def kept(write_settings: Callable[..., Path]) -> tuple[Path, Path]:
    """The configuration of a home, and the folder with the trace of its one run, whose screenshot is gone."""
    file = write_settings(APP)
    paths = load_settings(file).paths
    paths.create_folders()
    folder = paths.evidence / "2026-11-24" / RUN
    folder.mkdir(parents=True)
    (folder / "trace.zip").write_bytes(b"PK")
    result = RunResult(
        run_id=RUN,
        monitor="journey",
        name="checkout",
        app="shop",
        cohort="canary",
        status=RunStatus.FAILED,
        cause=Cause.STATUS_CODE,
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=3),
        duration_ms=3000,
        failed_step="pay",
        error_message="/pay answered 500",
        service_version="1.5.0",
        steps=(StepResult(step="pay", status=StepStatus.FAILED, started_at=NOON, duration_ms=900.0),),
        evidence=(
            Evidence(kind="screenshot", path=f"2026-11-24/{RUN}/screenshot.png", size_bytes=10),
            Evidence(kind="trace", path=f"2026-11-24/{RUN}/trace.zip", size_bytes=2),
        ),
    )
    records = Records.open(paths.records)
    records.commit_result(result, confirm=3, severity="critical", routing=NOBODY, now=NOON + timedelta(seconds=3))
    records.close()
    return file, folder


def test_it_shows_result_steps_and_files_and_says_which_are_gone(
    kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = kept

    assert main(["run", "show", RUN, "--config", str(file)]) == 0

    said = capsys.readouterr().out
    assert "journey checkout of shop as canary  1.5.0" in said
    assert "✗ pay" in said
    assert "FAILED in 3.0 s" in said
    assert f"{folder / 'screenshot.png'}  (removed for its age or size)" in said
    assert f"trace      {folder / 'trace.zip'}\n" in said


def test_its_json_is_the_documents_of_the_api_with_the_paths_of_the_files(
    kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = kept

    assert main(["run", "show", RUN, "--format", "json", "--config", str(file)]) == 0

    row = json.loads(capsys.readouterr().out)
    assert (row["run_id"], row["status"], row["failed_step"]) == (RUN, "failed", "pay")
    assert [(one["kind"], one["path"], one["is_there"]) for one in row["evidence"]] == [
        ("screenshot", str(folder / "screenshot.png"), False),
        ("trace", str(folder / "trace.zip"), True),
    ]


def test_without_a_display_opening_names_the_command(
    kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, folder = kept
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if has_display({}):
        pytest.skip("this system always has a display")

    assert main(["run", "show", RUN, "--open", "--config", str(file)]) == 0

    assert f"-m playwright show-trace {folder / 'trace.zip'}" in capsys.readouterr().err


def test_with_a_display_the_viewer_is_started_with_the_trace(
    kept: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, folder = kept
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >{tmp_path / "asked"}\nexit 7\n')
    python.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("sys.executable", str(python))

    assert main(["run", "show", RUN, "--open", "--config", str(file)]) == 7

    assert (tmp_path / "asked").read_text().split() == ["-m", "playwright", "show-trace", str(folder / "trace.zip")]


def test_a_trace_that_was_removed_can_not_be_opened(
    kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = kept
    (folder / "trace.zip").unlink()

    assert main(["run", "show", RUN, "--open", "--config", str(file)]) == 2

    assert "it was removed for its age or size" in capsys.readouterr().err


def test_a_run_that_is_not_known_is_said_so(kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "show", "01JBNOTHING", "--config", str(kept[0])]) == 2

    assert "no finished run with ID '01JBNOTHING'" in capsys.readouterr().err


def test_an_id_without_show_is_refused(kept: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "journeys/checkout.py", RUN, "--config", str(kept[0])]) == 2

    assert "only works with `leadline run show ID`" in capsys.readouterr().err
