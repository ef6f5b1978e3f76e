"""A monitor's slots: every interval since 1970, shifted by a stable hash so that monitors are spread.

Pure integer arithmetic in microseconds: a slot's time depends on nothing but the monitor's identity and its interval,
so it survives restarts and no two clocks drift apart. It does not know what runs in a slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from leadline.model.cron import CronSlots

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class AnySlots(Protocol):
    """What the clockwork needs from slots, by an interval or by a cron expression."""

    def latest(self, at: datetime) -> datetime: ...
    def after(self, at: datetime) -> datetime: ...
    def before(self, at: datetime) -> datetime: ...
    def count(self, *, after: datetime, until: datetime) -> int: ...


def slots_of(identity: str, every_s: float, cron: str | None) -> AnySlots:
    """The slots of a monitor."""
    return Slots.spread(identity, every_s) if cron is None else CronSlots.parse(cron)


@dataclass(frozen=True, slots=True)
class Slots:
    """The endless row of slots of one monitor: `offset_us` after each multiple of `every_us` since 1970."""

    every_us: int
    offset_us: int

    @classmethod
    def spread(cls, identity: str, every_s: float) -> Slots:
        """The slots of `identity`: the same on every start and machine, evenly spread over identities."""
        every_us = max(1, round(every_s * 1_000_000))
        # 64 bits of SHA-256: even spread for any set of names; Python's own hash() differs per process.
        return cls(every_us, int.from_bytes(sha256(identity.encode()).digest()[:8], "big") % every_us)

    def latest(self, at: datetime) -> datetime:
        """The last slot that is not after `at`."""
        return self._slot(self._number(at))

    def after(self, at: datetime) -> datetime:
        """The first slot that is strictly after `at`."""
        return self._slot(self._number(at) + 1)

    def before(self, at: datetime) -> datetime:
        """The last slot that is strictly before `at`."""
        return self._slot(self._number(at - _MICROSECOND))

    def count(self, *, after: datetime, until: datetime) -> int:
        """How many slots lie in (after, until]; 0 if `until` is not later."""
        return max(0, self._number(until) - self._number(after))

    def _number(self, at: datetime) -> int:
        return ((at - _EPOCH) // _MICROSECOND - self.offset_us) // self.every_us

    def _slot(self, number: int) -> datetime:
        return _EPOCH + timedelta(microseconds=number * self.every_us + self.offset_us)
