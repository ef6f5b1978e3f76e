"""Ends a monitored test a moment before its process is killed, so that there is time for a last screenshot.

The kernel's timer interrupts both a computing test and one that waits for Playwright: Playwright's sync API passes
the signal's exception to the test. It never interrupts pytest itself.
"""

from __future__ import annotations

import signal
import traceback
from pathlib import Path
from types import FrameType

from leadline import clock
from leadline.journeys import Failure
from leadline.model.runs import Cause, RunStatus
from leadline_probes.interruption import Interrupted
from leadline_probes.places import place_of_error, place_of_frame

_PLAYWRIGHT = "/playwright/"


class CutOff:
    """From `begin` to `end`: the setup and the call of one test."""

    def __init__(self, folder: Path, *, at_s: float, again_s: float) -> None:
        self._folder = folder
        self._at_s = at_s
        self._again_s = again_s

    def begin(self) -> None:
        signal.signal(signal.SIGALRM, self._take)
        signal.setitimer(signal.ITIMER_REAL, max(self._at_s - clock.monotonic_s(), 0.001), self._again_s)

    def end(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        place = place_of_frame(frame, self._folder)
        if place is not None or _waits_for_playwright(frame):
            raise Interrupted(place or "")


def judge_cut_off(error: Interrupted, *, folder: Path, step: str | None, after_s: float) -> Failure:
    """Whether the test waited for its page, which is the site's, or for itself."""
    place = error.place or place_of_error(error, folder)
    where = f' in step "{step}"' if step else ""
    said = f"{where} after {after_s:g} s{f' ({place})' if place else ''}"
    if not error.place and any(_PLAYWRIGHT in frame.filename for frame in traceback.extract_tb(error.__traceback__)):
        return Failure(RunStatus.FAILED, Cause.TIMEOUT, f"still waiting for the page{said}")
    return Failure(RunStatus.ABORTED, Cause.DEADLINE, f"the test did not end{said}")


def _waits_for_playwright(frame: FrameType | None) -> bool:
    """Whether this is Playwright's event loop, which turns while a test waits."""
    while frame is not None:
        if frame.f_code.co_name == "greenlet_main" and _PLAYWRIGHT in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
