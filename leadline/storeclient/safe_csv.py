"""Cells that a spreadsheet can't be tricked by: text from strangers must not become a formula.

As OWASP describes for CSV injection (https://owasp.org/www-community/attacks/CSV_Injection): text that begins like a
formula gets an apostrophe before it. Numbers stay numbers, and control characters are shown as escapes.
"""

from __future__ import annotations

from typing import TypeVar

from leadline.plain_text import as_lines

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
T = TypeVar("T")


def safe_cell(value: T) -> T | str:
    """Only text can be dangerous; what is not text is returned as it is."""
    if not isinstance(value, str):
        return value
    text = as_lines(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
