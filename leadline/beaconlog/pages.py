"""The results of a reader: records, bad records, and where to continue."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LogRecord:
    position: int
    body: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A bad record: its bytes as far as they could be read, and the reason."""

    position: int
    reason: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LogPage:
    """The records after a position. `upto` is where to continue; `is_finished`: sealed, and nothing follows."""

    records: list[LogRecord] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    upto: int = 0
    is_finished: bool = False
