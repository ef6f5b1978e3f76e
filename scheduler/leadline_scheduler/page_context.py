"""The context of a page beyond its incident: read from the records when it is sent, and asked of the store within a
second.

A page never waits longer than that, and is sent without anything that is not available.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from leadline.clock import now
from leadline.errors import LeadlineError
from leadline.incidents import PageContext
from leadline.links import PageLinks
from leadline.model import CheckSpec, Incident
from leadline.records import Records
from leadline.records.page_facts import read_page_facts
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.records_thread import RecordsThread

__all__ = ["AskImpact", "ContextReader"]

log = logging.getLogger(__name__)

# One sentence on the effect on real users, or None if unknown.
AskImpact = Callable[[Incident], Awaitable[str | None]]
IMPACT_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handbook:
    runbook: str | None
    owner: str | None
    address: str | None


class ContextReader:
    """Reads a page's context. `follow` applies a saved file."""

    def __init__(
        self, *, records: Records, thread: RecordsThread, home: Path, ask_impact: AskImpact | None = None
    ) -> None:
        self._records = records
        self._thread = thread
        self._home = home
        self._ask_impact = ask_impact
        self._links: PageLinks | None = None
        self._public_url: str | None = None
        self._handbooks: dict[tuple[str, str, str], _Handbook] = {}

    def follow(self, *, public_url: str | None, monitors: Iterable[Monitor]) -> None:
        self._public_url = public_url
        self._handbooks = {
            (one.kind, one.app, one.name): _Handbook(
                runbook=one.spec.runbook, owner=one.spec.owner, address=_address_of(one)
            )
            for one in monitors
        }

    async def read(self, incident: Incident) -> PageContext:
        """Never raises because of the records, the store or the disk."""
        context, impact = await asyncio.gather(self._from_records(incident), self._impact(incident))
        return replace(context, impact=impact)

    async def _from_records(self, incident: Incident) -> PageContext:
        try:
            context = await self._thread.do(partial(self._read_facts, incident), is_urgent=True)
        except LeadlineError:
            context = PageContext()
        subject = incident.subject
        handbook = self._handbooks.get((subject.kind, subject.app or "", subject.name))
        return replace(
            context,
            link=await asyncio.to_thread(self._link_to, incident),
            runbook=handbook.runbook if handbook else None,
            owner=handbook.owner if handbook else None,
            address=handbook.address if handbook else None,
        )

    def _read_facts(self, incident: Incident) -> PageContext:
        return read_page_facts(self._records, incident, last=self._records.last_results(), now=now())

    def _link_to(self, incident: Incident) -> str | None:
        if self._public_url is None:
            return None
        try:
            if self._links is None:
                self._links = PageLinks.open(self._home)
        except OSError as error:
            log.error("pages go out without links: the key can't be used: %s", error)
            return None
        return f"{self._public_url.rstrip('/')}/i/{self._links.token_for(incident.incident_id)}"

    async def _impact(self, incident: Incident) -> str | None:
        if self._ask_impact is None or incident.subject.app is None:
            return None
        try:
            async with asyncio.timeout(IMPACT_TIMEOUT_S):
                return await self._ask_impact(incident)
        except (TimeoutError, LeadlineError):
            return None


def _address_of(monitor: Monitor) -> str | None:
    """Where a check looks, without user and query: these may be secrets."""
    if not isinstance(monitor.spec, CheckSpec):
        return None
    parts = urlsplit(monitor.spec.url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
