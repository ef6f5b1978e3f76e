"""What a run printed and logged, kept in memory and written only where there is evidence to keep.

Bounded as a whole: a page that throws all the time, or a journey that prints in a loop, fills neither memory nor disk.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections import Counter
from collections.abc import Iterator

from leadline.plain_text import as_lines

# The beginning tells how it came about; what came later is counted. The room after it is for our own lines.
MOST_CHARACTERS = 150_000
MOST_CHARACTERS_OF_OURS = 50_000
# One error of a page may hold a document; its first lines say what it is.
_LONGEST_PAGE_LINE = 2_000


class RunLog(io.TextIOBase):
    """A text stream that keeps its beginning and counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._room = MOST_CHARACTERS
        self._room_of_ours = MOST_CHARACTERS_OF_OURS
        self._left_out: Counter[str] = Counter()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Does nothing: if a journey closes its standard output, what it printed is kept."""

    def write(self, text: str) -> int:
        plain = as_lines(text)
        kept = plain[: self._room]
        self._room -= len(kept)
        if kept:
            self._parts.append(kept)
        if len(kept) < len(plain):
            self._left_out["line of the journey"] += plain.count("\n", len(kept))
        return len(text)

    def note_page(self, kind: str, line: str) -> None:
        """A line from a page: there may be hundreds a second."""
        text = f"[{kind}] {as_lines(line[:_LONGEST_PAGE_LINE])}\n"
        if len(text) > self._room:
            self._left_out[kind] += 1
            return
        self._room -= len(text)
        self._start_line()
        self._parts.append(text)

    def note(self, line: str) -> None:
        """One line of ours: they are few, and have their own limit."""
        kept = as_lines(line)[: self._room_of_ours]
        self._room_of_ours -= len(kept)
        if kept:
            self._start_line()
            self._parts.append(kept + "\n")

    def text(self) -> str:
        said = "".join(self._parts)
        if not self._left_out:
            return said
        counts = ", ".join(f"{count:,} × {kind}" for kind, count in self._left_out.most_common())
        return f"{said.rstrip()}\n… the log is full; left out: {counts}\n"

    def _start_line(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")

    @contextlib.contextmanager
    def capture(self) -> Iterator[None]:
        """Let print, standard error and the logging module write here."""
        handler = logging.StreamHandler(self)
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            with contextlib.redirect_stdout(self), contextlib.redirect_stderr(self):
                yield
        finally:
            root.removeHandler(handler)
