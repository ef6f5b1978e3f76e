"""The help and the documentation name what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from leadline.cli import main
from leadline.cli.app import app
from leadline.cli.front_page import FRONT_PAGE

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"


def commands() -> Iterator[tuple[str, object]]:
    """`up`, `silence add` ... and their parsers."""
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            for inner, below in sorted(command.commands.items()):
                yield f"{name} {inner}", below
        else:
            yield name, command


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_bare_command_shows_where_to_start(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out == FRONT_PAGE


def test_the_first_page_names_each_command_that_works_and_no_other() -> None:
    named = set(re.findall(r"^  ([a-z-]+)(?: {2,}|$)", FRONT_PAGE, flags=re.M))
    assert named == {name.split()[0] for name, _ in commands()} - {"agent"}


def test_the_first_page_fits_a_terminal() -> None:
    assert max(map(len, FRONT_PAGE.splitlines())) <= 110


def test_the_first_page_loads_nothing_heavy() -> None:
    program = "import sys; from leadline.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr.split()
    assert not {"typer", "rich", "pydantic", "asyncio", "msgspec", "duckdb", "playwright"} & set(loaded)


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_each_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"^  Examples?:\n    leadline .*{name}", said, flags=re.M), said
    assert re.search(r"-c, --config", said) or name in {"init", "record", "schema"}


@pytest.mark.parametrize("name", ["up", "run", "validate", "vitals"])
def test_the_help_reads_as_it_was_agreed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main([name, "--help"])
    assert capsys.readouterr().out == (GOLDEN / f"help-{name}.txt").read_text()


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_each_command_and_option_is_documented(name: str, command: typer.core.TyperCommand) -> None:
    page = (ROOT / "docs/commands.md").read_text()
    section = page.split(f"\n### {name.split()[0]}\n", 1)[1].split("\n### ")[0].split("\n## ")[0]
    assert f"leadline {name}" in section
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    common = {"--help", "--config"}
    assert [option for option in options if option not in common and option not in section] == []


def test_a_shell_that_completes_gets_commands_and_not_the_first_page() -> None:
    asked = {"_LEADLINE_COMPLETE": "complete_bash", "COMP_WORDS": "leadline st", "COMP_CWORD": "1"}
    program = [sys.executable, "-c", "import sys; from leadline.cli import main; sys.exit(main())"]
    said = subprocess.run(program, env=os.environ | asked, capture_output=True, text=True, check=False).stdout
    assert said.split() == ["store", "status"]


def test_the_documented_exit_codes_are_those_of_the_errors() -> None:
    from leadline import errors

    page = (ROOT / "docs/commands.md").read_text()
    codes = {getattr(errors, name).exit_code for name in errors.__all__}
    assert [code for code in codes if f"\n| {code} | " not in page] == []
