"""Whether driver and browser worked while a run waited for the site; otherwise the wait says nothing.

One question to the browser each second (4 ms of the three processes together) finds a driver or browser that was
stopped, starved or killed; the states of the browser's processes find a renderer that was.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from playwright.async_api import Error

from leadline import clock
from leadline_probes.marking import Marking
from leadline_probes.pulse import Moment, Pulse

_ASK_EVERY_S = 1.0
# A working browser answers within milliseconds; on a machine under load, within this time.
ALIVE_TIMEOUT_S = 2.0
_SLOW_S = 0.4
# Of 40 fresh Chromiums 29 did not list their network service at first; all did within 0.04 s. A browser that never
# lists one (its network runs in the browser's own process) waits this long in each run.
_NETWORK_LISTED_S = 1.0
_LOOK_AGAIN_S = 0.02
# As for the pulse of the worker (pulse.py).
_LOST_SHARE = 0.2
_LOST_LEAST_S = 1.0
_STAT = Path("/proc")


class Health:
    """Of one run: `begin`, `first_look` before its first step, and after a failure `excuse`. `end` in any case."""

    def __init__(self, marking: Marking, pulse: Pulse) -> None:
        self._marking = marking
        self._pulse = pulse
        self._began = Moment.now()
        self._asking: asyncio.Task[None] | None = None
        self._has_looked = asyncio.Event()
        self._seen: dict[int, str] = {}
        self._latest: dict[int, str] = {}
        self._networks_at_first: set[int] | None = None
        self._lost_s = 0.0
        self._asked_s: float | None = None
        self._was_stopped = False

    def begin(self) -> None:
        self._began = Moment.now()
        self._asking = asyncio.create_task(self._ask_on())

    async def begin_quietly(self) -> None:
        """`begin` and `first_look` for an event loop that is blocked at times: without a question each second."""
        self._began = Moment.now()
        with contextlib.suppress(TimeoutError, Error):
            self._look(await asyncio.wait_for(self._processes(), ALIVE_TIMEOUT_S))
        self._has_looked.set()
        await self.first_look()

    async def first_look(self) -> None:
        """Waits until the browser's processes are known, so that a death in the first step is noticed.

        The network service of a browser that has just started is listed some ms later than the rest. A browser that
        does not answer is not waited for; `is_alive` tells.
        """
        with contextlib.suppress(TimeoutError, Error):
            await asyncio.wait_for(self._has_looked.wait(), ALIVE_TIMEOUT_S)
            async with asyncio.timeout(_NETWORK_LISTED_S):
                while not any(map(_is_network, self._seen.values())):
                    await asyncio.sleep(_LOOK_AGAIN_S)
                    self._look(await self._processes())
        self._networks_at_first = {pid for pid, kind in self._seen.items() if _is_network(kind)}

    async def end(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def is_alive(self) -> bool:
        """Whether the browser answers now."""
        try:
            self._look(await asyncio.wait_for(self._processes(), ALIVE_TIMEOUT_S))
        except Exception:  # a dead driver raises any error of its pipe
            return False
        return True

    def excuse(self) -> str | None:
        """Why a site without an answer in time may have answered. Call `is_alive` first."""
        if (own := self._pulse.excuse(self._began)) is not None:
            return own
        if self._was_stopped:
            return "the browser, or a part of it, was stopped"
        waited_s = clock.monotonic_s() - self._began.monotonic_s
        lost_s = self._lost_s
        if self._asked_s is not None:
            lost_s += max(clock.monotonic_s() - self._asked_s - _SLOW_S, 0.0)
        if lost_s >= max(_LOST_LEAST_S, _LOST_SHARE * waited_s):
            return f"the browser did not answer for {lost_s:.1f} of {waited_s:.1f} s"
        return None

    @property
    def unanswered_s(self) -> float:
        """How long the browser has not answered the latest question."""
        return clock.monotonic_s() - self._asked_s if self._asked_s is not None else 0.0

    def lost_part(self) -> str | None:
        """The name of a browser process that every page needs and that died during the run."""
        # The page itself reports a renderer's end; other processes come and go with the needs of pages.
        for pid, kind in self._seen.items():
            if (kind in ("browser", "GPU") or _is_network(kind)) and pid not in self._latest:
                return kind
        for pid, kind in self._latest.items():
            # Chromium starts it again by itself: one that came later has a predecessor that died between two looks.
            if _is_network(kind) and self._networks_at_first is not None and pid not in self._networks_at_first:
                return kind
        return None

    async def _ask_on(self) -> None:
        while True:
            self._asked_s = clock.monotonic_s()
            try:
                self._look(await self._processes())
            except Error:
                self._asked_s = None
                return  # it is gone: is_alive reports that
            finally:
                self._has_looked.set()
            took_s = clock.monotonic_s() - self._asked_s
            self._asked_s = None
            # The pulse reports stops of this process itself.
            self._lost_s += max(took_s - _SLOW_S, 0.0)
            await asyncio.sleep(_ASK_EVERY_S)

    async def _processes(self) -> dict[int, str]:
        told = await self._marking.session.send("SystemInfo.getProcessInfo")
        return {int(one["id"]): str(one["type"]) for one in told["processInfo"]}

    def _look(self, processes: dict[int, str]) -> None:
        self._seen.update(processes)
        self._latest = processes
        self._was_stopped = self._was_stopped or any(map(_is_stopped, processes))


def _is_network(kind: str) -> bool:
    return "network" in kind


def _is_stopped(pid: int) -> bool:
    """Whether the kernel has stopped it (state T, or t under a debugger); False where that can't be read."""
    try:
        state = (_STAT / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in (b"T", b"t")
