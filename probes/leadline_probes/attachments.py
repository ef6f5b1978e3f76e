"""Attachments made by a journey with `run.attach`: kept in memory, and written only if the run does not pass."""

from __future__ import annotations

import re

MOST_FILES = 20
MOST_BYTES = 5_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
# The names of our own evidence.
_TAKEN = re.compile(r"(log\.txt|console\.txt|requests\.har|pages\.json|trace(-\d+)?\.zip|screenshot(-\d+)?\.png)")


class Attachments:
    """By file name; a second one with the same name replaces the first."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def add(self, name: str, content: bytes) -> None:
        """ValueError for what can't be a file here."""
        if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
            raise ValueError(f"{name!r} can't name an attachment: use letters, digits, '_', '.', '-', as in cart.json")
        others = {one: kept for one, kept in self.kept.items() if one != name}
        if len(others) >= MOST_FILES or sum(map(len, others.values())) + len(content) > MOST_BYTES:
            raise ValueError(f"{name} is too much: a run takes {MOST_FILES} attachments of {MOST_BYTES:,} bytes in all")
        self.kept[name] = content
