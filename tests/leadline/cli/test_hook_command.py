"""`leadline hook`: looked at without acting, rehearsed, run by hand; each run is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.records import Records
from leadline.settings import load_settings

Run = Callable[..., int]


@pytest.fixture
def file(write_settings: Callable[..., Path]) -> Path:
    note = "import os; open('ran.txt', 'a').write(os.environ['LEADLINE_DRILL'] + ' ')"
    return write_settings(
        f'[[app]]\nname = "shop"\n[[gate]]\napp = "shop"\non_rollback = ["undo"]\n'
        f'[[hook]]\nname = "undo"\nkind = "command"\nretries = 0\ncommand = ["{sys.executable}", "-c", "{note}"]\n'
        f'[[hook]]\nname = "broken"\nkind = "command"\nretries = 0\ncommand = ["{sys.executable}", "-c", "exit(3)"]\n'
    )


@pytest.fixture
def run(file: Path) -> Run:
    return lambda *words: main([*words, "-c", str(file)])


def test_a_test_does_not_act_a_drill_is_marked_and_fire_acts(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = file.parent / "ran.txt"
    assert run("hook", "test", "undo") == 0
    assert not ran.exists()
    assert run("hook", "drill", "undo") == 0
    assert run("hook", "fire", "undo", "--reason", "orders get lost") == 0
    assert ran.read_text() == "1 0 "
    records = Records.open(load_settings(file).paths.records)
    kept = [(one.cause, one.state, one.reason) for one in records.actions()]
    records.close()
    assert kept == [("hand", "executed", "orders get lost"), ("drill", "verified", "drill")]


def test_what_fails_is_exit_1(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("hook", "drill", "broken") == 1
    assert run("hook", "fire", "broken") == 1
    assert "FAILED: exit 3" in capsys.readouterr().out


def test_the_list_says_who_was_never_rehearsed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("hook", "drill", "undo")
    capsys.readouterr()
    assert run("hook", "list", "--format", "json") == 0
    undo, broken = json.loads(capsys.readouterr().out)
    assert (undo["drill_problem"], undo["armed"]) == (None, False)
    assert broken["drill_problem"] == "hook broken was never rehearsed; run: leadline hook drill broken"


def test_an_unknown_hook_is_exit_2_with_the_nearest(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("hook", "fire", "undoo") == 2
    assert "did you mean 'undo'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--canary", "1.5.O"], "no version '1.5.O' of shop is registered\n  did you mean '1.5.0'? Without --canary"),
        (["--canary", "1.5.0", "--baseline", "1.5.0"], "--canary and --baseline are both '1.5.0'"),
    ],
)
def test_a_version_that_nobody_can_get_is_named_before_anything_runs(
    write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    file = write_settings(
        '[[app]]\nname = "shop"\n'
        f'[[hook]]\nname = "undo"\nkind = "command"\napp = "shop"\ncommand = ["{sys.executable}", "-c", "open(0)"]\n'
    )
    for version in ("1.4.2", "1.5.0"):
        assert main(["deploy", "mark", "--app", "shop", "--version", version, "-c", str(file)]) == 0
    assert main(["hook", "fire", "undo", *words, "-c", str(file)]) == 2
    assert said in capsys.readouterr().err
    records = Records.open(load_settings(file).paths.records)
    assert records.actions() == []
    records.close()
