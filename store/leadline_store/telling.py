"""Reports the progress of long work on stderr, once it has taken a second."""

from __future__ import annotations

import sys

from leadline.clock import monotonic_s

TELL_EVERY_S = 1.0


class Telling:
    """Called with how much is done, and of how much; `doing` names the work."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._next_s = monotonic_s() + TELL_EVERY_S

    def __call__(self, done: int, total: int) -> None:
        if monotonic_s() >= self._next_s:
            self._next_s = monotonic_s() + TELL_EVERY_S
            bar = "#" * (20 * done // total)
            print(f"leadline store: {self._doing} [{bar:<20}] {100 * done // total} %", file=sys.stderr, flush=True)
