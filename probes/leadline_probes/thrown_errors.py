"""Whether a page throws so fast that nothing else of it comes through: the site's failure, not a dead browser.

Playwright tells of every error that a page throws, one message each. Some thousand a second take all the time that
its driver and this process have; what the browser answers waits behind them.
"""

from __future__ import annotations

from collections import deque

# What a working machine reads without falling behind is 2,000 a second; a busy one reads a quarter of that.
WINDOW_S = 4.0
MOST_A_SECOND = 500


class ThrownErrors:
    """`note` each error; `flood` says in words whether the last of them came without pause."""

    def __init__(self) -> None:
        self._total = 0
        self._seconds: deque[tuple[int, int]] = deque(maxlen=int(WINDOW_S) + 1)  # (second, errors)

    def note(self, now_s: float) -> None:
        """One error, as it is read."""
        self._total += 1
        second = int(now_s)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))

    def flood(self, now_s: float) -> str | None:
        """None where it may be read in time."""
        lately = sum(count for second, count in self._seconds if second >= now_s - WINDOW_S - 1)
        if lately < MOST_A_SECOND * WINDOW_S:
            return None
        return f"the page throws errors without pause ({self._total:,} so far), and nothing else comes through"
