"""Remembers where each key of leadline.toml is, so that errors can give line and column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: its place (1-based line and column), and a message with the remedy."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(slots=True)
class Places:
    """Offsets of keys and list elements in one file's text."""

    file: Path = Path("leadline.toml")
    source: str = ""
    offsets: dict[Location, int] = field(default_factory=dict)

    def has(self, where: Location) -> bool:
        """Whether the file contains this key (otherwise its value is a default)."""
        return where in self.offsets

    def problem(self, where: Location, message: str) -> Problem:
        """A problem at `where`, or at the nearest place in the file: its first key, else the table around it."""
        offset = self._offset(where)
        line = self.source.count("\n", 0, offset) + 1
        return Problem(str(self.file), line, offset - self.source.rfind("\n", 0, offset), message)

    def _offset(self, where: Location) -> int:
        while where:
            if where in self.offsets:
                return self.offsets[where]
            inside = [offset for place, offset in self.offsets.items() if place[: len(where)] == where]
            if inside:
                return min(inside)
            where = where[:-1]
        return 0
