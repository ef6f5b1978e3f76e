"""Cleans text from others (error texts, names, versions) for use in a page.

A page is read on a phone, in a terminal and in chat: no control codes, no text that changes its direction, nothing that
a chat service would treat as a mention, a link or markup. It rejects nothing: every string becomes something readable.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clean_lines", "clean_text", "cut"]

# ECMA-48 control sequences (CSI), operating system commands (OSC, up to BEL or ST), and two-character escapes.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b[@-_]|\x9b[0-?]*[ -/]*[@-~]"
)
# Chat services notify a whole room for these, anywhere in the text.
_MENTIONS = re.compile(r"@(?=everyone\b|here\b|channel\b|all\b|room\b)", re.IGNORECASE)
# Look-alikes: markup of HTML, Slack (<!channel>), Markdown code and links stays readable but has no effect.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "`": "'", "\t": " ", "\u2028": "\n", "\u2029": "\n", "\x85": "\n"})
# No text in a page needs more; a 10 MB error text must not take seconds to clean.
_MOST_CHARACTERS = 20_000


def clean_lines(text: str) -> list[str]:
    """The lines of `text` without controls and markup, each stripped at its end; empty ones at both ends left out."""
    text = _ESCAPES.sub("", text[:_MOST_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_HARMLESS).replace("](", "] (")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")
    lines = [line.rstrip() for line in _MENTIONS.sub("＠", text).split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def clean_text(text: str, *, limit: int) -> str:
    """`text` on one line, cleaned, at most `limit` characters."""
    return cut(" ".join(" ".join(clean_lines(text)).split()), limit=limit)


def cut(text: str, *, limit: int) -> str:
    """At most `limit` characters; an ellipsis shows that text was left out."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"
