"""The scheduler's status file: <home>/run/scheduler.json, for `leadline status`, `validate --plan` and web.

It is written and renamed, so a reader never sees half of it (on a full disk it is written in place). It informs people
and is not a memory: nothing is read back from it except whether the holder of the home is stopping, and the clocks at
its last tick.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from leadline.model import Cause, RunResult, RunStatus
from leadline_scheduler.monitors import Monitor

log = logging.getLogger(__name__)

# Why the records can't be written must fit in as well when the disk is full.
_SPARE_BYTES = 1000
STATE_FILE, LAST_STATE_FILE = "scheduler.json", "scheduler.last.json"
Phase = Literal["starting", "running", "stopping"]
# These results say something about the site; aborted and skipped don't.
LOOKED = frozenset({RunStatus.PASSED, RunStatus.DEGRADED, RunStatus.FAILED})


class MonitorState(msgspec.Struct, frozen=True, kw_only=True):
    """One monitor: when it runs next, and how it ended last."""

    monitor: str
    name: str
    app: str
    cohort: str | None
    location: str
    every_s: float
    next_run_at: datetime | None
    last_status: str | None
    last_finished_at: datetime | None
    maintenance_until: datetime | None = None
    maintenance: str | None = None


class HeartbeatState(msgspec.Struct, frozen=True, kw_only=True):
    """`withheld` says why the dead man's switch was not called last time; None if it was."""

    last_at: datetime | None = None
    failures: int = 0
    withheld: str | None = None


class SchedulerState(msgspec.Struct, frozen=True, kw_only=True):
    """The file. `last_tick_at` stops when the event loop does.

    `boot_s` is the monotonic clock at the last tick, for the machine's start `boot_id`.
    `configured_at` is when the settings in force were read, `problem` why a file saved since is not in force.
    `unwritten`: the records can't be written, and why.
    """

    pid: int
    state: Phase
    started_at: datetime
    last_tick_at: datetime
    unwritten: str | None = None  # stands before the monitors: web reads the beginning alone
    monitors: list[MonitorState] = []
    running: int = 0
    waiting: int = 0
    worker_faults: int = 0
    oldest_unsent_at: datetime | None = None
    heartbeat: HeartbeatState | None = None
    warnings: list[str] = []
    configured_at: datetime | None = None
    problem: str | None = None
    boot_id: str | None = None
    boot_s: float | None = None


@dataclass(slots=True)
class Seen:
    """The last results of one monitor. `looked_s` (monotonic) and `looked_at`: when it last had a result about the
    site, or was added. `judged_run_id` is that result's run, and None once the monitor was found blind."""

    monitor: Monitor
    looked_s: float
    looked_at: datetime
    status: str | None = None
    finished_at: datetime | None = None
    judged_run_id: str | None = None
    unjudged: int = 0
    aborted: int = 0
    last: RunResult | None = None
    shared_cause: str | None = None  # of its last run, if that failed
    is_suspected: bool = False  # its last run failed, and its re-run is not known yet
    maintenance_until: datetime | None = None  # None: no window covers it now
    maintenance: str | None = None


@dataclass(slots=True)
class Overview:
    """The last result of every monitor, kept up as results are committed."""

    seen: dict[str, Seen] = field(default_factory=dict)
    judged: int = 0  # results about a site since the start

    def add(self, monitor: Monitor, *, monotonic_s: float, now: datetime) -> None:
        """Adds a monitor: its time to yield a first result starts now."""
        self.seen[monitor.key] = Seen(monitor, monotonic_s, now)

    def stood_still(self, seconds: float) -> None:
        """Nothing ran for this long because the process was stopped: no monitor is blind because of that."""
        for seen in self.seen.values():
            seen.looked_s += seconds

    def look_at_windows(self, *, monotonic_s: float, now: datetime) -> None:
        """Updates which monitors are under maintenance. They are not blind: the time to yield a result begins at its
        end."""
        for seen in self.seen.values():
            found = seen.monitor.maintenance_at(now)
            seen.maintenance_until = None if found is None else found[1].end
            seen.maintenance = None if found is None else found[0].reason
            if found is not None:
                seen.looked_s, seen.looked_at = monotonic_s, now

    def change(self, monitor: Monitor, *, monotonic_s: float) -> None:
        """Updates a changed monitor; with another interval its time starts again."""
        seen = self.seen[monitor.key]
        if seen.monitor.every_s != monitor.every_s:
            seen.looked_s = monotonic_s
        seen.monitor = monitor

    def has(self, monitor: Monitor) -> bool:
        """Whether it still has slots."""
        seen = self.seen.get(monitor.key)
        return seen is not None and seen.monitor.environment == monitor.environment

    def note(
        self, monitor: Monitor, result: RunResult, *, monotonic_s: float, needs_confirmation: bool = False
    ) -> None:
        """Notes a committed result."""
        if not self.has(monitor):
            return
        seen = self.seen[monitor.key]
        seen.status, seen.finished_at, seen.last = result.status.value, result.finished_at, result
        seen.is_suspected = needs_confirmation
        failed = result.status is RunStatus.FAILED
        seen.shared_cause = (self.cause_beneath(monitor) if failed else None) or monitor.shared_cause(result)
        if result.status in LOOKED:
            seen.looked_s, seen.looked_at, seen.judged_run_id = monotonic_s, result.finished_at, result.run_id
            seen.unjudged = seen.aborted = 0
            self.judged += 1
        elif result.cause is not Cause.MAINTENANCE:
            seen.unjudged += 1
            seen.aborted += result.status is RunStatus.ABORTED

    def cause_beneath(self, monitor: Monitor) -> str | None:
        """The cause of the nearest failing dependency, confirmed or not yet; None if none fails."""
        for subject in monitor.depends_on:
            for one in self.seen.values():
                if one.shared_cause is not None and one.monitor.subject == subject:
                    return one.shared_cause
        return None

    def has_others_failing(self, cause: str, monitor: Monitor) -> bool:
        """Whether another journey or check failed for the same cause, confirmed or not yet."""
        return any(
            one.shared_cause == cause and (one.monitor.kind, one.monitor.name) != (monitor.kind, monitor.name)
            for one in self.seen.values()
        )

    def unsettled_causes(self) -> Counter[str]:
        """The causes of monitors whose re-run is not known yet, with how many monitors that are."""
        return Counter(
            one.shared_cause for one in self.seen.values() if one.is_suspected and one.shared_cause is not None
        )

    def list_failing(self) -> list[str]:
        """The monitors whose last run failed, in a person's words, without those under maintenance."""
        return [
            " ".join(filter(None, (one.monitor.app, one.monitor.name, one.monitor.cohort.name)))
            for one in self.seen.values()
            if one.status == RunStatus.FAILED and one.maintenance_until is None
        ]

    def monitor_states(self, next_slots: dict[str, datetime | None]) -> list[MonitorState]:
        """One line per monitor, for the file."""
        return [
            MonitorState(
                monitor=seen.monitor.kind,
                name=seen.monitor.name,
                app=seen.monitor.app,
                cohort=seen.monitor.cohort.name,
                location=seen.monitor.location,
                every_s=seen.monitor.every_s,
                next_run_at=next_slots.get(key),
                last_status=seen.status,
                last_finished_at=seen.finished_at,
                maintenance_until=seen.maintenance_until,
                maintenance=seen.maintenance,
            )
            for key, seen in self.seen.items()
        ]


def write_state(file: Path, state: SchedulerState) -> bool:
    """Replaces the file; returns whether it could be written. Not synced: it is valid only for a second."""
    fresh, said = file.with_suffix(".json.new"), msgspec.json.encode(state)
    try:
        fresh.write_bytes(said + b" " * _SPARE_BYTES)
        os.replace(fresh, file)
    except OSError as error:
        return _overwrite(file, said, because=error)
    return True


def _overwrite(file: Path, said: bytes, *, because: OSError) -> bool:
    """Writes into the room that the last file takes: a full disk has none for a new one, and a scheduler that says
    nothing seems to hang."""
    try:
        with file.open("r+b", buffering=0) as last:
            last.write(said.ljust(os.fstat(last.fileno()).st_size))
    except OSError:
        log.warning("%s can't be written: %s", file, because)
        return False
    return True


def read_last_clocks(file: Path, boot_id: str | None) -> tuple[datetime, float] | None:
    """Wall and boot clock at the last scheduler's last tick, if the machine was not restarted since."""
    said = read_state(file)
    if said is None or said.boot_s is None or boot_id is None or said.boot_id != boot_id:
        return None
    return said.last_tick_at, said.boot_s


def read_state(file: Path) -> SchedulerState | None:
    """The last status file; None if there is none or it can't be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=SchedulerState)
    except (OSError, msgspec.DecodeError):
        return None
