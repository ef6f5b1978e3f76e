"""A thread that says every second that this process lives, and which line of a journey holds up its event loop.

A process that is stopped says nothing, one whose journey blocks still beats: its parent tells the two apart.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from types import FrameType

from leadline import clock
from leadline.model.worker_messages import Beat
from leadline_probes.channel import Channel

BEAT_S = 1.0
# A journey that computes for this long without an await is worth a line in its result.
_STUCK_AFTER_S = 3.0


class Beating:
    """`start` within the event loop; it beats between `begin` and `rest`. Nobody listens to a worker without a run."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._folder = ""
        self._turned_s = clock.monotonic_s()
        self._main = threading.main_thread().ident
        self._is_on = threading.Event()

    def start(self) -> None:
        self._turn(asyncio.get_running_loop())
        threading.Thread(target=self._beat_on, name="leadline-beat", daemon=True).start()

    def begin(self, folder: Path | None = None) -> None:
        """`folder` holds the journeys: only its lines are told."""
        self._folder = f"{folder.resolve()}/" if folder else ""
        self._is_on.set()

    def rest(self) -> None:
        self._is_on.clear()

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turned_s = clock.monotonic_s()
        loop.call_later(BEAT_S / 2, self._turn, loop)

    def _beat_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(BEAT_S):
            self._is_on.wait()
            is_stuck = clock.monotonic_s() - self._turned_s > _STUCK_AFTER_S
            self._channel.say(Beat(self._where() if is_stuck else ""))

    def _where(self) -> str:
        frame = sys._current_frames().get(self._main or 0)
        return line_in(frame, self._folder) if frame is not None else ""


def line_in(frame: FrameType | None, folder: str) -> str:
    """`journeys/checkout.py:12`: the innermost line of `frame`'s stack that stands in `folder`."""
    while frame is not None:
        if folder and frame.f_code.co_filename.startswith(folder):
            return f"{frame.f_code.co_filename.removeprefix(folder)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
