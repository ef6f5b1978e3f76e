"""Problems of Leadline itself as incidents: undelivered pages, a full disk. They page only the operator.

It does not cover monitors (blindness.py) or the external switch (heartbeat.py). To report another problem of
Leadline, add a Trouble here.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from leadline.errors import StorageUnavailable
from leadline.incidents import Observed
from leadline.incidents.spans import write_span
from leadline.model import Finding, IncidentKind, Subject
from leadline.records import Records, Waiting
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.watchdog import time_waited

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
# Targets answer within seconds; a page that waits for a minute is too late for on-call.
UNSENT_AFTER = timedelta(seconds=60)
NAMES = ("outbox", "disk", "store", "records")
# A store service that died is back within seconds; one that upgrades, within a minute or two.
SILENT_AFTER = timedelta(minutes=3)
# A problem that is over at once is shown for this long, so that somebody notices it.
SHOWN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One problem of Leadline: its name (one of NAMES), since when, and the remedy."""

    name: str
    summary: str
    message: str
    remedy: str
    since: datetime


def find_unsent(waiting: Sequence[Waiting], *, clocks: Sequence[datetime]) -> Trouble | None:
    """Pages that have waited for longer than a minute; `clocks` as of `time_waited`."""
    late = [one for one in waiting if time_waited(one.since, clocks) > UNSENT_AFTER]
    if not late:
        return None
    pages = sum(one.pages for one in late)
    said = "; ".join(
        f"{one.pages} for target {one.target}, the oldest for {write_span(time_waited(one.since, clocks))}"
        + (f" ({one.last_error})" if one.last_error else "")
        for one in late
    )
    return Trouble(
        name="outbox",
        summary="has undelivered pages",
        message=f"{pages} {'page waits' if pages == 1 else 'pages wait'}: {said}",
        remedy="leadline notifications shows what each target answers; leadline validate --send tries it.",
        since=min(one.since for one in late),
    )


def find_full_disk(*, free_bytes: int, min_free_bytes: int, home: Path, now: datetime) -> Trouble | None:
    """Less is free than [collector] min_free_bytes."""
    if free_bytes >= min_free_bytes:
        return None
    return Trouble(
        name="disk",
        summary="is full",
        message=f"{free_bytes:,} bytes are free in {home}, fewer than {min_free_bytes:,}",
        remedy="Free space, or move [home] path to a larger disk.",
        since=now,
    )


def find_silent_store(since: datetime | None, *, now: datetime) -> Trouble | None:
    """The store has not answered for minutes: no release can be judged."""
    if since is None or now - since < SILENT_AFTER:
        return None
    return Trouble(
        name="store",
        summary="does not answer",
        message=f"the store service has not answered for {write_span(now - since)}: no release is judged, "
        "and what real users experience is unknown",
        remedy="leadline status says what runs; the log of the store service says more.",
        since=since,
    )


class OwnHealth:
    """Runs until it is cancelled."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        desk: IncidentDesk,
        home: Path,
        min_free_bytes: int,
        steady: Callable[[], datetime],
        wall: Callable[[], datetime],
    ) -> None:
        self.min_free_bytes = min_free_bytes
        self._records = records
        self._thread = thread
        self._home = home
        self._steady = steady
        self._wall = wall
        self._desk = desk
        self._known: set[str] | None = None
        self.store_silent_since: Callable[[], datetime | None] = lambda: None
        self._replaced = records.replaced
        self._records_trouble: Trouble | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("problems of Leadline can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at all possible problems."""
        await self._look_at_records()
        if self._known is None:
            found = [one.subject for one in await self._desk.list_unresolved()]
            self._known = {subject.name for subject in found if subject.kind == "leadline"}
        troubles = {trouble.name: trouble for trouble in await self._find()}
        for name in NAMES:
            trouble = troubles.get(name)
            if (trouble is not None) == (name in self._known):
                continue
            await self._commit(name, trouble)
            (self._known.discard if trouble is None else self._known.add)(name)

    async def _find(self) -> list[Trouble]:
        waiting = await self._thread.do(partial(self._records.waiting, self._steady()))
        try:
            free_bytes = (await asyncio.to_thread(shutil.disk_usage, self._home)).free
        except OSError:
            free_bytes = 0
        full = find_full_disk(
            free_bytes=free_bytes, min_free_bytes=self.min_free_bytes, home=self._home, now=self._wall()
        )
        silent = find_silent_store(self.store_silent_since(), now=self._wall())
        found = (find_unsent(waiting, clocks=(self._steady(), self._wall())), full, silent, self._records_trouble)
        return [one for one in found if one is not None]

    async def _look_at_records(self) -> None:
        """Restores deleted records from the open file; if another file replaced them, that one counts."""
        was_rescued = await self._thread.do(self._records.rescue)
        known = self._records_trouble
        if was_rescued:
            self._records_trouble = Trouble(
                name="records",
                summary="were deleted",
                message="the records were deleted while they were in use, and put back as they were",
                remedy="Find out who deletes files in the home; leadline backup keeps a copy elsewhere.",
                since=self._wall(),
            )
            log.error("the records were deleted while they were in use, and have been put back")
        elif self._records.replaced != self._replaced:
            self._replaced = self._records.replaced
            self._records_trouble = Trouble(
                name="records",
                summary="were replaced",
                message="another file replaced the records; its content counts from now on",
                remedy="Look at leadline incidents: incidents that were only in the old file are lost.",
                since=self._wall(),
            )
            log.error("another file replaced the records")
        elif known is not None and abs(self._wall() - known.since) > SHOWN:
            self._records_trouble = None

    async def _commit(self, name: str, trouble: Trouble | None) -> None:
        findings = () if trouble is None else (_as_finding(trouble),)
        kind: IncidentKind = "blindness" if name == "store" else "failure"
        subject = Subject(kind="leadline", name=name)
        await self._desk.commit(subject, Observed(findings=findings), now=self._wall(), kind=kind)
        log.log(
            logging.INFO if trouble is None else logging.ERROR,
            "%s: %s",
            name,
            trouble.message if trouble else "well again",
        )


def _as_finding(trouble: Trouble) -> Finding:
    return Finding(
        since=trouble.since,
        summary=trouble.summary,
        error_message=trouble.message,
        remedy=trouble.remedy,
        severity="critical",
    )
