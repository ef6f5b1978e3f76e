"""Makes text from outside safe for a terminal: it must not move the cursor or reverse a line.

Names, messages and URLs come from beacons, journeys and sites. Control characters and the marks that reverse the
writing direction (https://trojansource.codes) are shown as escapes instead of being obeyed.
"""

from __future__ import annotations

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ESCAPES = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), *_BIDI)
}
_LOG_LINE = {code: escape for code, escape in _ESCAPES.items() if code != 0x09}
_LINES = {code: escape for code, escape in _ESCAPES.items() if code not in (0x09, 0x0A, 0x0D)}
# Below 0x20 JSON escapes by itself.
_IN_JSON = {code: f"\\u{code:04x}" for code in _ESCAPES if code >= 0x7F}


def as_one_line(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ").translate(_ESCAPES)


def as_log_line(text: str) -> str:
    """One line of a program's output; tabs stay."""
    return text.translate(_LOG_LINE)


def as_lines(text: str) -> str:
    """Several lines; line ends and tabs stay."""
    return text.translate(_LINES)


def as_plain_json(written: str) -> str:
    """JSON that says the same to a program and nothing to a terminal."""
    return written.translate(_IN_JSON)


def shortened(text: str, *, to: int) -> str:
    """At most `to` characters, the cut marked."""
    return text if len(text) <= to else text[: to - 1] + "…"
