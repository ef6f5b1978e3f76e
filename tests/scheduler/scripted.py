"""A worker pool and targets that do what a test's script says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leadline import clock
from leadline.incidents import PageText
from leadline.model import Cause, CheckSpec, Evidence, JourneySpec, Receipt, RunResult, RunStatus, Target
from leadline.model.worker_messages import CheckAsked, RunAsked


@dataclass
class ScriptedRunner:
    """A worker pool whose runs end as the script says, cohort by cohort; without a script they pass.

    `hold` keeps runs from ending, `begun` counts those that a worker has taken.
    """

    script: dict[str | None, list[RunStatus]] = field(default_factory=dict)
    asked: list[RunAsked | CheckAsked] = field(default_factory=list)
    begun: int = 0
    hold: asyncio.Event | None = None
    workers: int = 1
    faults: int = 0
    evidence: tuple[Evidence, ...] = ()

    async def run(self, asked: RunAsked, *, on_start: Callable[[datetime], Awaitable[None]] | None = None) -> RunResult:
        if on_start is not None:
            await on_start(clock.now())
        return await self._end(asked, asked.journey, asked.app)

    async def check(self, asked: CheckAsked) -> RunResult:
        return await self._end(asked, asked.check, asked.check.app)

    async def close(self, *, grace_s: float = 5.0) -> None:
        """Cuts off what is held."""
        if self.hold is not None:
            self.hold.set()

    async def _end(self, asked: RunAsked | CheckAsked, spec: JourneySpec | CheckSpec, app: str) -> RunResult:
        self.asked.append(asked)
        self.begun += 1
        if self.hold is not None:
            await self.hold.wait()
        script = self.script.get(asked.cohort.name, [])
        status = script.pop(0) if script else RunStatus.PASSED
        cause = {RunStatus.FAILED: Cause.ASSERTION, RunStatus.ABORTED: Cause.WORKER_DIED}.get(status)
        now = clock.now()
        return RunResult(
            run_id=asked.run_id,
            monitor="journey" if isinstance(spec, JourneySpec) else "check",
            name=spec.name,
            app=app,
            cohort=asked.cohort.name,
            status=status,
            cause=cause,
            error_message=cause and f"because of {cause}",
            scheduled_at=asked.scheduled_at,
            confirms_run_id=asked.confirms_run_id,
            started_at=now,
            finished_at=now,
            duration_ms=0,
            evidence=self.evidence if status is RunStatus.FAILED else (),
        )


@dataclass
class Sent:
    """One attempt at a target."""

    target: str
    page: PageText
    attachments: Sequence[Path]
    idempotency_key: str
    transition: str
    incident_ids: tuple[str, ...] = ()
    group_id: str | None = None


@dataclass
class ScriptedTargets:
    """Targets that take a page, refuse it (`refuses`: how often still), or never answer (`hanging`)."""

    refuses: dict[str, int] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    retry_after_s: float | None = None
    tried: list[Sent] = field(default_factory=list)
    accepted: list[Sent] = field(default_factory=list)

    async def send(
        self,
        target: Target,
        page: PageText,
        *,
        attachments: Sequence[Path],
        idempotency_key: str,
        incident_id: str,
        transition: str,
        timeout_s: float,
        others: Sequence[str] = (),
        group_id: str | None = None,
    ) -> Receipt:
        sent = Sent(target.name, page, attachments, idempotency_key, transition, (incident_id, *others), group_id)
        self.tried.append(sent)
        if target.name in self.hanging:
            await asyncio.Event().wait()
        if self.refuses.get(target.name, 0) > 0:
            self.refuses[target.name] -= 1
            return Receipt(is_accepted=False, duration_ms=1, reason="500", retry_after_s=self.retry_after_s)
        self.accepted.append(sent)
        return Receipt(is_accepted=True, duration_ms=1)

    def told(self, target: str) -> list[str]:
        return [sent.transition for sent in self.accepted if sent.target == target]
