"""What a run printed and logged, kept in memory and written only where there is evidence to keep."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

# A journey that prints in a loop must not fill the worker's memory; the beginning and the end tell the story.
MOST_CHARACTERS = 200_000


class RunLog(io.TextIOBase):
    """A text stream that forgets its middle."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._size = 0
        self._is_full = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """A journey that closes its standard output keeps what it has said."""

    def write(self, text: str) -> int:
        if not self._is_full:
            self._parts.append(text)
            self._size += len(text)
            if self._size > MOST_CHARACTERS:
                self._is_full = True
                self._parts.append("\n… the log is full, the rest is left out …\n")
        return len(text)

    def note(self, line: str) -> None:
        """One line of ours; these are few and always kept."""
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
        self._parts.append(line + "\n")

    def text(self) -> str:
        return "".join(self._parts)

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
