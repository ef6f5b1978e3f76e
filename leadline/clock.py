"""The only place that reads the time, and therefore the only place that makes time-ordered ids.

Everything else takes `now` as an argument, so a test can turn the clock.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["boot_id", "boot_s", "monotonic_s", "new_id", "now", "now_ms", "ulid"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def now() -> datetime:
    """The wall clock, aware UTC. It may jump; measure durations with `monotonic_s`."""
    return datetime.now(UTC)


def now_ms() -> int:
    """The wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds on a clock that never goes back and has no meaning beyond differences."""
    return time.monotonic()


def boot_s() -> float:
    """Seconds since the machine's start, on a clock that can't be set and that includes sleep."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str | None:
    """An id of the machine's current start; None if the system has none."""
    try:
        return _BOOT_ID.read_text().strip() or None
    except OSError:
        return None


def new_id() -> str:
    """A new time-ordered id: a ULID, 26 characters of Crockford base 32 (https://github.com/ulid/spec)."""
    return ulid(now_ms(), os.urandom(10))


def ulid(timestamp_ms: int, entropy: bytes) -> str:
    """The ULID of 48 bits of time and 80 bits of `entropy` (exactly 10 bytes)."""
    number = (timestamp_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(entropy[:10], "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -5, -5))
