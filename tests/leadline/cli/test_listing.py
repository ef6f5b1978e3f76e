"""Lists: complete for programs, readable and harmless for people."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from leadline.cli.listing import print_rows
from leadline.model import IncidentState
from leadline.plain_text import as_lines, as_log_line, as_one_line

ROW = {
    "name": "check\x1b[31mout\u202e",
    "state": IncidentState.OPEN,
    "at": datetime(2026, 11, 24, 14, 2, 3, 500_000, tzinfo=UTC),
    "n": 12431,
    "ratio": 0.25,
    "nothing": None,
    "hidden": "not asked for",
}
COLUMNS = ("name", "state", "at", "n", "ratio", "nothing")


def printed(capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]], as_format: str) -> str:
    print_rows(rows, columns=COLUMNS, as_format=as_format, if_empty="Nothing.")  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_json_is_an_array_of_flat_objects(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, [ROW], "json")) == [
        {
            "name": ROW["name"],
            "state": "open",
            "at": "2026-11-24T14:02:03.500000Z",
            "n": 12431,
            "ratio": 0.25,
            "nothing": None,
        }
    ]


def test_csv_has_a_header_and_leaves_nothing_empty(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, [ROW], "csv"))))
    assert rows[0] == list(COLUMNS)
    assert rows[1][1:] == ["open", "2026-11-24T14:02:03.500000Z", "12431", "0.25", ""]


def test_a_table_in_a_pipe_has_no_colour_and_obeys_nothing_from_outside(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, [ROW], "table")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert r"check\x1b[31mout\u202e" in said
    assert "2026-11-24 14:02:03Z" in said
    assert "12,431" in said


def test_a_table_in_a_pipe_keeps_each_row_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [ROW | {"name": "x" * 10_000, "state": "y" * 200}] * 2
    assert len(printed(capsys, rows, "table").splitlines()) == 3


@pytest.mark.parametrize(
    ("as_format", "said"), [("table", "Nothing.\n"), ("json", "[]\n"), ("csv", ",".join(COLUMNS) + "\n")]
)
def test_no_rows_is_said_in_each_format(as_format: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, [], as_format) == said


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[bold]x[/bold]" in printed(capsys, [ROW | {"name": "[bold]x[/bold]"}], "table")


def test_a_text_from_outside_stays_on_one_line() -> None:
    assert as_one_line("a\nb\r\nc\td\x07") == r"a b c d\x07"


def test_a_log_line_keeps_its_tabs() -> None:
    assert as_log_line("a\tb\x9bc") == "a\tb\\x9bc"


def test_json_says_to_a_program_what_a_terminal_does_not_obey(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\x9b2J\u202eb"
    said = printed(capsys, [ROW | {"name": name}], "json")
    assert json.loads(said)[0]["name"] == name
    assert said.replace("\n", "").isascii()
    assert said.replace("\n", "").isprintable()


def test_of_several_lines_the_ends_and_tabs_stay() -> None:
    assert as_lines("a,b\r\n\tc\x9b\u202e\n") == "a,b\r\n\tc\\x9b\\u202e\n"
