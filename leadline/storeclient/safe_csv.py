"""Cells that a spreadsheet can't be tricked by: text from strangers must not become a formula.

As OWASP describes for CSV injection (https://owasp.org/www-community/attacks/CSV_Injection): text that begins like a
formula gets an apostrophe before it. Numbers stay numbers, and control characters are shown as escapes.
"""

from __future__ import annotations

from typing import TypeVar

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in {0x09, 0x0A, 0x0D}}
T = TypeVar("T")


def safe_cell(value: T) -> T | str:
    """Only text can be dangerous; what is not text is returned as it is."""
    if not isinstance(value, str):
        return value
    text = value.translate(_ESCAPES)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def without_control_characters(csv: str) -> str:
    """CSV as a terminal may be given it: what would move a cursor is shown as an escape, lines and tabs stay."""
    return csv.translate(_ESCAPES)
