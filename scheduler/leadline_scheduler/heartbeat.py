"""Calls an external dead man's switch while everything here works; a missing call is the alarm.

It covers the whole paging path: the loop, the last results, the outbox and the disk. It does not call while any
of them is in doubt, and reports which (log, scheduler.json).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from leadline.incidents.blindness import blind_after_s
from leadline_scheduler.state import HeartbeatState, Seen

log = logging.getLogger(__name__)

# A page that no target accepted for a minute is too late for on-call; targets answer within seconds.
UNSENT_S = 60.0
# A scheduler that keeps dying must not look healthy: after a crash the first judged run shows that this one works. One
# that has run for this long has not died, and an external switch must not fire because every interval is an hour.
CRASH_LOOP_S = 300.0
# The watchdog looks every second.
STANDSTILL_S = 10.0
_CALL_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the heartbeat covers. Ages are in seconds on the monotonic clock."""

    monitors: tuple[tuple[str, float, float], ...]  # key, seconds without a result about the site, seconds allowed
    tick_age_s: float
    unsent_age_s: float | None
    free_bytes: int
    min_free_bytes: int
    uptime_s: float = math.inf
    is_after_crash: bool = False
    has_judged: bool = True


def monitor_ages(seen: Iterable[Seen], *, monotonic_s: float) -> tuple[tuple[str, float, float], ...]:
    """For each monitor how long it has been blind, and how long it may be."""
    return tuple(
        (
            one.monitor.key,
            monotonic_s - one.looked_s,
            blind_after_s(every_s=one.monitor.every_s, deadline_s=one.monitor.deadline_s),
        )
        for one in seen
    )


def read_free_bytes(home: Path) -> int:
    """0 if the home is gone: then health is in doubt as well."""
    try:
        return shutil.disk_usage(home).free
    except OSError:
        return 0


def find_doubt(health: Health) -> str | None:
    """Why the heartbeat must not be sent, None if all is well. One blind monitor among others is a separate
    incident (blindness.py); if the page about it is not delivered, that withholds the heartbeat."""
    if health.tick_age_s > STANDSTILL_S:
        return f"the main loop has not run for {health.tick_age_s:.0f} s"
    blind = [key for key, age_s, allowed_s in health.monitors if age_s > allowed_s]
    if blind and len(blind) == len(health.monitors):
        more = f" and {len(blind) - 1} more" if len(blind) > 1 else ""
        return f"no run has judged {blind[0]}{more} within three intervals: every monitor is blind"
    if health.is_after_crash and not health.has_judged and health.uptime_s < CRASH_LOOP_S:
        return "the last scheduler died, and this one has not judged a run yet"
    if health.unsent_age_s is not None and health.unsent_age_s > UNSENT_S:
        return f"a page has waited {health.unsent_age_s:.0f} s for its target"
    if health.free_bytes < health.min_free_bytes:
        return f"{health.free_bytes} bytes are free on the disk, fewer than {health.min_free_bytes}"
    return None


class Heartbeat:
    """The loop that checks the health and calls the switch, if there is one (`url`).

    `state` is what scheduler.json says of it.
    """

    def __init__(
        self,
        url: str | None,
        *,
        every_s: float,
        read_health: Callable[[], Awaitable[Health]],
        wall: Callable[[], datetime],
    ) -> None:
        self._url = url
        self._every_s = every_s
        self._read_health = read_health
        self._wall = wall
        self.state = HeartbeatState()
        self._changed = asyncio.Event()

    def follow(self, url: str | None, *, every_s: float) -> None:
        """Calls this address from now on, this often."""
        if (url, every_s) == (self._url, self._every_s):
            return
        self._url, self._every_s = url, every_s
        self.state = HeartbeatState()
        self._changed.set()

    @property
    def is_on(self) -> bool:
        return self._url is not None

    async def run(self) -> None:
        """Beats for ever; cancel it to stop."""
        async with httpx.AsyncClient(follow_redirects=True, timeout=_CALL_S) as client:
            while True:
                self._changed.clear()
                if self._url is not None:
                    await self._beat(client, self._url)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._every_s):
                        await self._changed.wait()

    async def _beat(self, client: httpx.AsyncClient, url: str) -> None:
        doubt = find_doubt(await self._read_health())
        if doubt is not None:
            if doubt != self.state.withheld:
                log.error("the heartbeat is withheld: %s", doubt)
            self.state = HeartbeatState(last_at=self.state.last_at, failures=self.state.failures, withheld=doubt)
            return
        try:
            async with asyncio.timeout(_CALL_S):
                answer = await client.get(url)
            answer.raise_for_status()
        except (httpx.HTTPError, TimeoutError) as error:
            # The address is a secret; the kind of error is enough.
            log.warning("the heartbeat was not accepted: %s", type(error).__name__)
            self.state = HeartbeatState(last_at=self.state.last_at, failures=self.state.failures + 1)
            return
        self.state = HeartbeatState(last_at=self._wall(), failures=self.state.failures)
