"""Over a broken save in leadline.toml the on-call still sees and acknowledges; nothing starts from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leadline.cli import main
from leadline.records import Records
from leadline.settings import keep_accepted, load_accepted, load_settings

APP = '[[app]]\nname = "shop"\n'
BROKEN = "[[app\nname = \n"


@pytest.fixture
def broken_file(write_settings: Callable[..., Path]) -> Path:
    """A file that was in force once and can't be read any more."""
    file = write_settings(APP)
    settings = load_settings(file)
    settings.paths.create_folders()
    Records.open(settings.paths.records).close()
    keep_accepted(settings)
    file.write_text(BROKEN)
    return file


def test_what_is_open_is_shown_with_the_settings_in_force(
    broken_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["incidents", "-c", str(broken_file), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "leadline.toml:1:" in err
    assert "using the settings that are still in force" in err


def test_status_lists_what_runs_and_then_says_what_is_broken(
    broken_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "-c", str(broken_file), "--format", "json"]) == 2
    out, err = capsys.readouterr()
    assert {row["name"] for row in json.loads(out)} >= {"collector", "scheduler", "web"}
    assert err.count("leadline.toml:1:") == 1


@pytest.mark.parametrize("command", ["validate", "up", "snippet"])
def test_nothing_starts_and_nothing_is_printed_for_a_page_from_a_broken_file(broken_file: Path, command: str) -> None:
    assert main([command, "-c", str(broken_file)]) == 2


def test_a_file_that_never_was_in_force_is_only_broken(write_settings: Callable[..., Path]) -> None:
    file = write_settings(BROKEN)
    assert main(["incidents", "-c", str(file)]) == 2


def test_the_home_is_found_where_the_broken_file_names_it(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text('[home]\n# here\npath = "./elsewhere"\n' + APP)
    settings = load_settings(file)
    settings.paths.create_folders()
    keep_accepted(settings)
    file.write_text(f'[home]\n# here\npath = "./elsewhere"\n{BROKEN}')
    accepted = load_accepted(file)
    assert accepted is not None
    assert accepted.paths.home == tmp_path / "elsewhere"
    assert [app.name for app in accepted.apps] == ["shop"]


def test_only_its_owner_can_read_what_was_accepted(broken_file: Path) -> None:
    [kept] = broken_file.parent.rglob("accepted.toml")
    assert kept.stat().st_mode & 0o777 == 0o600
