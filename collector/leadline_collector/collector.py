"""The parts of one collector process: compiled settings, log, limits and counters.

It is composed here and passed to the front and the routes; nothing is global.
"""

from __future__ import annotations

import asyncio
import logging
import os

from leadline.beaconlog import LogWriter
from leadline.clock import now_ms
from leadline.errors import LeadlineError
from leadline.settings import Settings
from leadline.settings.watch import SettingsWatch
from leadline_collector.admission.disk import DiskGate
from leadline_collector.admission.policy import compile_policy
from leadline_collector.admission.rates import RateLimit
from leadline_collector.counting.counts import Counts
from leadline_collector.counting.shared_counts import SharedCounts
from leadline_collector.flags.served import ServedFlags
from leadline_collector.flags.streams import Streams
from leadline_collector.redaction.addresses import Addresses
from leadline_collector.redaction.agents import Agents
from leadline_collector.scripts.builds import Script
from leadline_collector.scripts.kept_builds import KeptScripts

TICK_S = 1.0
# A burst of two seconds: a user who opens several tabs at once is not an attack.
BURST_S = 2.0
# Tables whose fixed keys (leadline/settings/fixed.py) the collector reads only at a start.
HELD_TABLES = ("home", "collector")
_log = logging.getLogger("leadline.collector")


class Collector:
    """One process's collector. `start` and `close` belong to the event loop."""

    def __init__(self, settings: Settings, *, worker: int = 0) -> None:
        paths = settings.paths
        self.settings = settings
        self.worker = worker
        self.policy = compile_policy(settings)
        self.agents = Agents()
        self.addresses = Addresses(settings.collector.trust_forwarded)
        self.counts = Counts()
        self.shared = SharedCounts(paths.run, worker=worker, workers=settings.collector.workers)
        self.log = LogWriter(paths.beacon_log, observe=self.counts.observe_commit)
        self.disk = DiskGate(
            paths.beacon_log,
            min_free_bytes=settings.collector.min_free_bytes,
            max_log_bytes=settings.collector.log_max_bytes,
        )
        self.script = KeptScripts(Script(), paths.home / "scripts")
        self.watch = SettingsWatch(settings, tell=_log.log, tables=HELD_TABLES)
        self.flags = ServedFlags(settings)
        self.streams = Streams(self.flags)
        self.is_draining = False
        self._apply_limits(settings)

    async def start(self) -> None:
        """Opens the log and begins to watch disk and settings."""
        await self.log.start()
        self.script.keep()
        self.disk.look()
        self._ticking = [asyncio.create_task(self._tick()), asyncio.create_task(self.streams.watch())]
        for ticking in self._ticking:
            ticking.add_done_callback(_end_if_broken)

    async def close(self) -> None:
        """Commits accepted beacons and closes the file."""
        self.is_draining = True
        for ticking in self._ticking:
            ticking.cancel()
        await self.log.close()
        self.shared.write(self._stand())

    def apply(self, settings: Settings) -> None:
        """Applies keys, origins, switches and limits of a changed file."""
        self.settings = settings
        self.policy = compile_policy(settings)
        self.flags.apply(settings)
        self.addresses = Addresses(settings.collector.trust_forwarded)
        self.disk.min_free_bytes = settings.collector.min_free_bytes
        self.disk.max_log_bytes = settings.collector.log_max_bytes
        self._apply_limits(settings)

    def problems(self) -> list[str]:
        """Why the collector is not ready to take beacons; empty when it is."""
        found = [self.disk.refusal] if self.disk.refusal else []
        if self.log.last_error is not None:
            found.append(self.log.last_error.message)
        if self.is_draining:
            found.append("shutting down")
        return found

    def gather(self) -> dict[int, Counts]:
        """The counters of all workers, this one's in their current state."""
        return self.shared.gather(self._stand())

    def _stand(self) -> Counts:
        counts = self.counts
        counts.told_at_ms = now_ms()
        counts.waiting = self.log.waiting
        counts.flag_streams, counts.flag_events = self.streams.open, self.streams.told
        counts.is_ready = not self.problems()
        counts.has_settings_in_force = not self.watch.problem
        return counts

    def _apply_limits(self, settings: Settings) -> None:
        said = settings.collector
        burst = said.rate_burst or BURST_S * said.rate_per_address
        self.rate_per_address = RateLimit(rate=said.rate_per_address, burst=burst)
        self.rate_per_key: RateLimit | None = None
        if said.rate_per_key is not None:
            self.rate_per_key = RateLimit(rate=said.rate_per_key, burst=said.rate_burst or BURST_S * said.rate_per_key)
        self.max_body_bytes = said.max_body_bytes
        self.max_decoded_bytes = said.max_decoded_bytes
        self.country_header = said.country_header.lower().encode("latin-1") if said.country_header else b""

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            refused_before = self.disk.refusal
            self.disk.look()
            if self.disk.refusal != refused_before:
                _log.warning(self.disk.refusal or "there is room for the beacon log again")
            if self.disk.is_at_cap:
                self.log.seal_soon()  # an open file can't be removed, even if the loader has loaded it
            saved = await self.watch.look()
            if saved is not None:
                self.apply(saved.settings)
                self.watch.accept(saved)
            self.shared.write(self._stand())


def _end_if_broken(ticking: asyncio.Task[None]) -> None:
    """After a bug: without the tick nobody would watch disk and settings. Ends the process, and the parent restarts
    it.
    """
    if not ticking.cancelled() and (error := ticking.exception()) is not None:
        _log.critical("the collector's tick broke; the process ends", exc_info=error)
        os._exit(LeadlineError.exit_code)
