"""Asks the store each minute how fast each objective burns its budget; a burn is an incident like any other.

While the store does not answer, budgets are unknown: the operator is paged after some minutes, and no
incident of an objective opens or ends meanwhile. It computes nothing itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from leadline.errors import LeadlineError, StorageUnavailable
from leadline.incidents import Observed
from leadline.incidents.spans import write_span
from leadline.model import Finding, IncidentKind, Subject
from leadline.settings import Settings
from leadline.settings.objectives import read_objectives
from leadline.storeclient import questions
from leadline.storeclient.objectives import BurnAnswer, ObjectiveAnswer, ObjectiveAsked, ObjectivesAsked
from leadline_scheduler.asks_store import AsksStore
from leadline_scheduler.incident_desk import IncidentDesk

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
# A store that restarts is back within seconds; if it takes longer than this, somebody should know.
UNKNOWN_AFTER = timedelta(minutes=3)
STORE = Subject(kind="leadline", name="store")


class ObjectiveWatch:
    """Runs until it is cancelled. `follow` takes over what was saved."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: AsksStore,
        desk: IncidentDesk,
        wall: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._desk = desk
        self._wall = wall
        self._silent_since: datetime | None = None
        # The store's last answer; a release asks how much budget is left.
        self.answers: Sequence[ObjectiveAnswer] = ()

    def follow(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("objectives can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Asks about all objectives, and commits the answer."""
        slos = self._settings.slos
        if not slos:
            self.answers = ()
            return
        now = self._wall()
        try:
            asked = ObjectivesAsked(
                objectives=[ObjectiveAsked(**fields) for fields in read_objectives(slos, now)], at=now
            )
            answers = await self._store.ask(questions.OBJECTIVES, asked)
        except LeadlineError as error:
            await self._note_silence(error, now)
            return
        self._silent_since, self.answers = None, answers
        await self._commit(STORE, (), now)
        await self._close_removed(now)
        for slo, answer in zip(slos, answers, strict=True):
            environment = self._settings.app_named(slo.app).environment
            subject = Subject(kind="objective", name=slo.name, app=slo.app, environment=environment)
            await self._commit(
                subject, [_as_finding(answer, burn, now) for burn in answer.burns if burn.is_firing], now
            )

    async def _close_removed(self, now: datetime) -> None:
        """An objective that is no longer configured has no budget to burn."""
        known = {(slo.app, slo.name) for slo in self._settings.slos}
        for one in await self._desk.list_unresolved():
            if one.subject.kind == "objective" and (one.subject.app, one.subject.name) not in known:
                await self._commit(one.subject, (), now)

    async def _note_silence(self, error: LeadlineError, now: datetime) -> None:
        self._silent_since = self._silent_since or now
        if now - self._silent_since < UNKNOWN_AFTER:
            return
        finding = Finding(
            since=self._silent_since,
            summary="does not answer",
            error_message=f"{error}; error budgets and verdicts are unknown",
            remedy="leadline status shows whether the store service runs; its log says why it does not answer",
        )
        await self._commit(STORE, [finding], now)

    async def _commit(self, subject: Subject, findings: Sequence[Finding], now: datetime) -> None:
        kind: IncidentKind = "blindness" if subject == STORE else "failure"
        await self._desk.commit(subject, Observed(findings=findings), now=now, kind=kind)


def _as_finding(answer: ObjectiveAnswer, burn: BurnAnswer, now: datetime) -> Finding:
    long, short = write_span(timedelta(seconds=burn.long_s)), write_span(timedelta(seconds=burn.short_s))
    left = "unknown" if answer.left_ratio is None else f"{max(0.0, answer.left_ratio):.0%}"
    said = (
        f"{burn.bad:,.0f} of {burn.valid:,.0f} {answer.unit} in {long} were bad: {burn.long_rate or 0:.1f} times too"
        f" fast, {burn.short_rate or 0:.1f} times in the last {short} (alert at {burn.factor:g}). Budget left: {left}"
    )
    if answer.spent_at is not None and answer.spent_at > now:
        said += f", at this rate spent in {write_span(answer.spent_at - now)}"
    worst = answer.spent_by[0] if answer.spent_by else None
    if worst is not None:
        said += f".\n{worst.ratio:.0%} of what was bad is version {worst.service_version}"
    return Finding(
        since=now,
        part=f"{long} / {short}",
        severity=burn.severity,
        summary="burns its budget",
        service_version=None if worst is None or worst.service_version == "(none)" else worst.service_version,
        error_message=said,
    )
