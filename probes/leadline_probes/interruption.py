"""Interrupts a journey that blocks its event loop shortly before its deadline, for a last screenshot.

The kernel's timer interrupts the main thread in a sleep, a loop or a regular expression; if it does not (a C
library that holds the interpreter), or the journey catches everything, the worker is killed as usual. It never
interrupts anything but the author's own code, and nothing while the event loop runs.
"""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

from leadline import clock
from leadline_probes.places import place_of_frame
from leadline_probes.pulse import Pulse

# An event loop that has not run for this long, after it should have ended the run, is blocked.
_STUCK_S = 0.25
# A journey that catches the interruption is interrupted again.
_AGAIN_S = 0.2


class Interrupted(BaseException):
    """Raised in the journey's own line. `place` is that line; not an Exception, which journeys catch."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} does not come to an end")
        self.place = place


class Interruption:
    """Between `begin` and `end`. For the main thread of a worker, whose SIGALRM is nobody else's."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._folder = Path()

    def begin(self, folder: Path, *, at_s: float) -> None:
        """From `at_s` (monotonic) on, while the loop is blocked by a line of `folder`."""
        self._folder = folder
        signal.signal(signal.SIGALRM, self._take)
        signal.setitimer(signal.ITIMER_REAL, max(at_s - clock.monotonic_s(), 0.001), _AGAIN_S)

    def end(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        if clock.monotonic_s() - self._pulse.last_s > _STUCK_S and (place := place_of_frame(frame, self._folder)):
            raise Interrupted(place)
