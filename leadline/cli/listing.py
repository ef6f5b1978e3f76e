"""Prints rows of a command: a table for people, JSON or CSV for programs.

JSON is an array of flat objects, CSV has a header, and both are complete; only the table shortens text. Colour appears
only on a terminal (Rich does that), and never carries information that the text lacks.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from leadline.cli.options import ListFormat
from leadline.plain_text import as_lines, as_one_line, as_plain_json, shortened

LONGEST_CELL = 120  # characters in a table; the whole text is in json and csv
Row = Mapping[str, Any]


def print_rows(
    rows: Sequence[Row], *, columns: Sequence[str], as_format: ListFormat, if_empty: str, is_safe_csv: bool = False
) -> None:
    """Prints `columns` of each row. `if_empty` is what a person reads instead of an empty table."""
    if as_format == "json":
        _print_json(rows, columns)
    elif as_format == "csv":
        print_csv(_write_csv(rows, columns, is_safe=is_safe_csv))
    elif rows:
        _print_table(rows, columns)
    else:
        print(if_empty)


def _print_json(rows: Sequence[Row], columns: Sequence[str]) -> None:
    import json

    flat = [{column: _plain(row.get(column)) for column in columns} for row in rows]
    print(as_plain_json(json.dumps(flat, ensure_ascii=False, indent=2)))


def print_csv(text: str) -> None:
    """Prints CSV; on a terminal shows control characters as escapes, since strangers may have written the text."""
    sys.stdout.write(as_lines(text) if sys.stdout.isatty() else text)


def _write_csv(rows: Sequence[Row], columns: Sequence[str], *, is_safe: bool) -> str:
    import csv
    import io

    from leadline.storeclient.safe_csv import safe_cell

    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = ["" if (value := _plain(row.get(column))) is None else value for column in columns]
        writer.writerow(map(safe_cell, cells) if is_safe else cells)
    return sink.getvalue()


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # A pipe has no width: cells are shortened, columns are never left out.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 10_000)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        values = [row[column] for row in rows if row.get(column) is not None]
        is_number = bool(values) and all(isinstance(value, int | float) for value in values)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell_text(row.get(column))) for column in columns))
    console.print(table)


def cell_text(value: object) -> str:
    """A value for a table: UTC to the second, rounded numbers, a dash for None."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.3f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}Z"
        case Enum():
            return str(value.value)
        case _:
            return shortened(as_one_line(str(value)), to=LONGEST_CELL)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case _:
            import json

            return json.dumps(value, default=str, ensure_ascii=False)
