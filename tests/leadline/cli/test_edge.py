"""Every failure of a command becomes one message and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline import errors
from leadline.cli import edge, main


def raising(error: BaseException) -> Callable[[Any], int]:
    def invoke(_: Any) -> int:
        raise error

    return invoke


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.HomeHeld("x"), 2),
        (errors.ServiceUnreachable("x"), 3),
        (errors.StoreUnavailable("x"), 3),
        (errors.QueryRefused("x"), 2),
        (errors.ProbeFault("x"), 70),
        (ValueError("x"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "_invoke", raising(error))
    assert main(["status"]) == code


def test_a_failure_is_said_with_its_hint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(edge, "_invoke", raising(errors.ServiceUnreachable("web is silent", hint="look at its log")))
    main(["status"])
    assert capsys.readouterr().err == "leadline: web is silent\n  look at its log\n"


def test_a_bug_is_one_line_and_its_traceback_is_there_for_who_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge, "_invoke", raising(ValueError("seven")))
    monkeypatch.delenv("LEADLINE_DEBUG", raising=False)
    main(["status"])
    short = capsys.readouterr().err
    monkeypatch.setenv("LEADLINE_DEBUG", "1")
    main(["status"])
    assert "internal error, ValueError: seven" in short
    assert "Traceback" not in short
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nonsense"], ["vitals", "--nonsense"], ["sql"], ["vitals", "--format", "xml"]])
def test_wrong_usage_is_exit_2(words: list[str]) -> None:
    assert main(words) == 2


def test_a_misspelt_command_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vitls"]) == 2
    assert "Did you mean 'vitals'?" in capsys.readouterr().err


def test_without_a_configuration_the_message_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["incidents"]) == 2
    assert "leadline init shop https://shop.example" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_failure() -> None:
    program = f"{sys.executable} -m leadline schema; echo code=$? >&2"
    ran = subprocess.run(["bash", "-c", f"({program}) | head -c 1"], capture_output=True, text=True, check=True)
    assert ran.stderr == "code=0\n"


def test_a_terminal_that_lacks_a_letter_is_no_failure(tmp_path: Path) -> None:
    asked = os.environ | {"PYTHONIOENCODING": "ascii"}
    program = [sys.executable, "-m", "leadline", "snippet", "-c", "leadline.toml"]
    (tmp_path / "leadline.toml").write_text('[[app]]\nname = "shop"\nkeys = ["schlüssel"]\n', encoding="utf-8")
    ran = subprocess.run(program, cwd=tmp_path, env=asked, capture_output=True, check=False)
    assert ran.returncode == 0
    assert b'data-key="schl?ssel"' in ran.stdout


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    main(["--version"])
    assert capsys.readouterr().out == f"leadline {version('leadline')}\n"
