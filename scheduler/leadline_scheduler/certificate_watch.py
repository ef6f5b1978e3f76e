"""Certificates that expire soon: a warning of their check or journey, while its runs pass.

What a run found about certificates (leadline_probes/certificates.py) is part of its subject's incident, beside its
failures. A run that saw no certificate never ends it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from leadline.errors import StorageUnavailable
from leadline.incidents import Observed
from leadline.model import Finding, Place, RunFinding, RunResult, RunStatus, Subject
from leadline_scheduler.incident_desk import IncidentDesk

log = logging.getLogger(__name__)

_PART = "certificate of "
# A run that got as far as an answer has seen the certificates on its way.
_SAW = frozenset({RunStatus.PASSED, RunStatus.DEGRADED})
# Subject, cohort and location: the key of one chain of results.
_Chain = tuple[Subject, str | None, str]


class CertificateWatch:
    """`note` every result; writes only news."""

    def __init__(self, desk: IncidentDesk, wall: Callable[[], datetime]) -> None:
        self._desk = desk
        self._wall = wall
        self._told: dict[_Chain, frozenset[str]] | None = None
        self._noting: set[asyncio.Task[None]] = set()

    def note_soon(self, result: RunResult) -> None:
        """`note`, without delaying the caller."""
        task = asyncio.create_task(self.note(result))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def note(self, result: RunResult) -> None:
        """Opens, changes or ends findings about this result's certificates. Never raises for full or busy records:
        the next result repeats it."""
        found = {f"{_PART}{one.subject}": one for one in result.findings if one.kind == "certificate_expires"}
        if not found and result.status not in _SAW:
            return
        subject = Subject(kind=result.monitor, name=result.name, app=result.app, environment=result.environment)
        chain = (subject, result.cohort, result.location)
        try:
            told = await self._read_told()
            before = told.get(chain, frozenset())
            if frozenset(found) == before:
                return
            await self._commit(subject, result, found, healed=before - set(found))
        except StorageUnavailable as error:
            log.error("a certificate that expires soon can't be recorded now: %s", error.message)
            return
        told[chain] = frozenset(found)

    async def _commit(
        self, subject: Subject, result: RunResult, found: dict[str, RunFinding], *, healed: frozenset[str]
    ) -> None:
        now = self._wall()
        findings = [_as_finding(part, one, result, now) for part, one in found.items()]
        well: dict[Place, str | None] = {(part, result.cohort, result.location): result.run_id for part in healed}
        await self._desk.commit(subject, Observed(findings=findings, well=well), now=now)

    async def _read_told(self) -> dict[_Chain, frozenset[str]]:
        """Reads once from the incidents what an earlier scheduler has opened."""
        if self._told is None:
            told: dict[_Chain, frozenset[str]] = {}
            for incident in await self._desk.list_unresolved():
                for one in incident.findings:
                    if one.part.startswith(_PART) and one.location is not None:
                        chain = (incident.subject, one.cohort, one.location)
                        told[chain] = told.get(chain, frozenset()) | {one.part}
            self._told = told
        return self._told


def _as_finding(part: str, found: RunFinding, result: RunResult, now: datetime) -> Finding:
    return Finding(
        since=now,
        part=part,
        cohort=result.cohort,
        location=result.location,
        severity="warning",
        summary="has a certificate that expires soon",
        cause="certificate",
        service_version=result.service_version,
        error_message=found.message,
        remedy="Renew it, and see why it was not renewed by itself.",
        shared_cause=f"certificate of {found.subject}",
    )
