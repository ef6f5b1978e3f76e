"""A journey that blocks its event loop is interrupted shortly before its deadline, for the sake of its last picture.

The kernel's timer reaches the main thread in a sleep, a loop and a regular expression alike; where it does not (a C
library that holds the interpreter), or the journey catches everything, the worker is killed as ever. Refuses to
interrupt anything but the author's own code, and anything while the event loop turns.
"""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

from leadline import clock
from leadline_probes.places import place_of_frame
from leadline_probes.pulse import Pulse

# An event loop that has not turned for this long, past the time at which it had to end the run, is blocked.
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
