"""What a reader hands over: records, those that can't be trusted, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LogRecord:
    position: int
    body: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that can't be trusted: its bytes as far as they could be read, and why."""

    position: int
    reason: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LogPage:
    """What stands after a position. `upto` is where to go on; `is_finished`: sealed, and nothing comes after."""

    records: list[LogRecord] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    upto: int = 0
    is_finished: bool = False
