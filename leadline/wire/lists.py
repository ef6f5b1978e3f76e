"""A list in one text, for options and query strings: separated by commas, quoted as in CSV."""

from __future__ import annotations

import csv


def parse_list(text: str) -> list[str]:
    """`1.4.2, "release/2026-11, hotfix 3"` has two entries. Raises ValueError with the error."""
    try:
        rows = list(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise ValueError(f'{text!r} has an unclosed quote; write "a, b",c and "" for a quote') from error
    return [entry.strip() for row in rows for entry in row if entry.strip()]
