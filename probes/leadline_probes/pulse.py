"""Whether this process itself had a processor: a timeout that it slept through is not the site's.

A worker that was stopped (SIGSTOP, a debugger, a suspended machine) or starved finds its timers all due at once. Its
pulse, a timer every 50 ms, shows the gap.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from leadline import clock

BEAT_S = 0.05
# A beat that is this much late was held up; less is the ordinary lateness of a busy event loop.
_LATE_S = 0.1
# A run that was without a processor for this share of its time, and at least so long, is not judged a timeout. Half a
# second: what a busy but working machine of two cores shows at most is 0.2 s.
_LOST_SHARE = 0.2
_LOST_LEAST_S = 0.5
# Wall and monotonic clock part by more than this only when one was set, or the machine slept.
_JUMP_S = 2.0
# Gaps are rare; more than this many are not needed to tell that a run was held up.
_MOST_GAPS = 1000


class Pulse:
    """`start` within an event loop; `lost_s` and `excuse` look back."""

    def __init__(self) -> None:
        self._gaps: deque[tuple[float, float]] = deque(maxlen=_MOST_GAPS)
        self._last_s = clock.monotonic_s()
        self._handle: asyncio.TimerHandle | None = None
        self._is_on = False

    def start(self) -> None:
        self._last_s = clock.monotonic_s()
        self._is_on = True
        self._handle = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def stop(self) -> None:
        self._is_on = False
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    @property
    def last_s(self) -> float:
        """When the event loop last ran, on the monotonic clock."""
        return self._last_s

    def lost_s(self, since_s: float) -> float:
        """For how long, since then, this process did not come to its beats."""
        now_s = clock.monotonic_s()
        held_up = [(at_s, gap_s) for at_s, gap_s in self._gaps if at_s > since_s]
        lost = sum(min(gap_s, at_s - since_s) for at_s, gap_s in held_up)
        if self._is_on:  # the beat that is overdue at this moment
            lost += max(now_s - max(self._last_s, since_s) - BEAT_S - _LATE_S, 0.0)
        return lost

    def excuse(self, mark: Moment) -> str | None:
        """Why a missing answer since `mark` says nothing about the site; None if there is no such reason."""
        now = Moment.now()
        waited_s = now.monotonic_s - mark.monotonic_s
        jumped_s = (now.wall_ms - mark.wall_ms) / 1000 - waited_s
        if abs(jumped_s) > _JUMP_S:
            return f"the clock jumped, or this machine slept, for {abs(jumped_s):.0f} s"
        lost_s = self.lost_s(mark.monotonic_s)
        if lost_s >= max(_LOST_LEAST_S, _LOST_SHARE * waited_s):
            return f"the worker was stopped or had no processor for {lost_s:.1f} of {waited_s:.1f} s"
        return None

    def _beat(self) -> None:
        self._note()
        self._handle = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _note(self) -> None:
        now_s = clock.monotonic_s()
        late_s = now_s - self._last_s - BEAT_S
        if late_s > _LATE_S:
            self._gaps.append((now_s, late_s))
        self._last_s = now_s


class ThreadPulse(Pulse):
    """For a process whose event loop stands still while a test computes or sleeps: a thread of its own beats."""

    def start(self) -> None:
        self._last_s = clock.monotonic_s()
        self._is_on = True
        threading.Thread(target=self._beat_on, name="leadline-pulse", daemon=True).start()

    def _beat_on(self) -> None:
        pause = threading.Event()
        while self._is_on:
            pause.wait(BEAT_S)
            self._note()


class Moment:
    """Both clocks at once."""

    __slots__ = ("monotonic_s", "wall_ms")

    def __init__(self, monotonic_s: float, wall_ms: int) -> None:
        self.monotonic_s = monotonic_s
        self.wall_ms = wall_ms

    @classmethod
    def now(cls) -> Moment:
        return cls(clock.monotonic_s(), clock.now_ms())
