"""Sends the outbox: claims due rows, sends them target by target, and records the result of each attempt.

Each page is sent at least once to every target, one attempt at a time per target, so that a dead one delays no other.
Nothing is sent that is not in the records, and nothing is dropped before the records say so. Twice only if the process
died between the target's acceptance and its record; the idempotency key is the same then.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable
from leadline.incidents import PageText, write_group, write_head, write_page
from leadline.model import Receipt, Target, TransitionKind
from leadline.notify import is_given_up, next_attempt
from leadline.records import Claimed, Records
from leadline_scheduler.outbox_look import OutboxLook, look_at_outbox
from leadline_scheduler.page_context import ContextReader
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.target_pace import DEFAULT_STORM_LIMIT, Pacing, name_message

log = logging.getLogger(__name__)

# How often the outbox is read when nothing wakes the loop: rows of other processes wait no longer than this.
LOOK_EVERY_S = 1.0
# Rows committed meanwhile wait no longer than this for the next look.
LONGEST_BREATH_S = 0.2
# Beyond the time limit that send_page keeps itself.
_SLACK_S = 2.0
# Each is embedded in the message; services reject messages of several MB.
_MOST_SCREENSHOTS = 3


class Send(Protocol):
    """leadline.notify.send_page."""

    async def __call__(
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
    ) -> Receipt: ...


class Dispatcher:
    """Runs until it is cancelled; `wake` makes it look at once."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        send: Send,
        targets: Mapping[str, Target],
        fallback: str | None,
        timeout_s: float,
        owner: str,
        storm_limit: int = DEFAULT_STORM_LIMIT,
        evidence_folder: Path,
        dashboard_url: str | None,
        context: ContextReader,
        wall: Callable[[], datetime],
        steady: Callable[[], datetime],
        jitter: Callable[[], float],
        unsettled: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._records = records
        self._thread = thread
        self._send = send
        self._targets = targets
        self._timeout_s = timeout_s
        self._owner = owner
        self._evidence_folder = evidence_folder
        self._dashboard_url = dashboard_url
        self._context = context
        self._wall = wall
        self._steady = steady
        self._jitter = jitter
        self._unsettled = unsettled
        self._fallback = fallback
        self._pacing = Pacing(storm_limit)
        self._wake = asyncio.Event()
        self._underway: dict[str, asyncio.Task[None]] = {}
        self.oldest_unsent_at: datetime | None = None

    def wake(self) -> None:
        """Looks at the outbox at once: something was committed."""
        self._wake.set()

    def follow(
        self,
        *,
        targets: Mapping[str, Target],
        fallback: str | None,
        timeout_s: float,
        dashboard_url: str | None,
        storm_limit: int = DEFAULT_STORM_LIMIT,
    ) -> None:
        """Uses these from the next attempt on; attempts in progress end unchanged."""
        self._pacing.storm_limit = storm_limit
        self._targets = targets
        self._timeout_s = timeout_s
        self._dashboard_url = dashboard_url
        self._fallback = fallback
        self._wake.set()

    async def run(self) -> None:
        """Claims and sends for ever; cancel it to stop, then `flush`."""
        while True:
            self._wake.clear()
            pause, began_s = LOOK_EVERY_S, monotonic_s()
            took_s = 0.0
            try:
                look = await self._claim_all()
                pause = self._until_next(look)
                took_s = 0.0 if look.claimed else look.took_s
            except StorageUnavailable as error:
                log.error("the outbox can't be read: %s", error.message)
                took_s = monotonic_s() - began_s
            # Hundreds of failures at once wake the loop with each commit: reading in vain takes at most a quarter
            # of the records' time.
            await asyncio.sleep(min(3 * took_s, LONGEST_BREATH_S))
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def flush(self, *, grace_s: float) -> None:
        """Gives attempts in progress `grace_s` to end. Others are sent again after the next start."""
        if self._underway:
            await asyncio.wait(self._underway.values(), timeout=grace_s)
        for task in self._underway.values():
            task.cancel()
        await asyncio.gather(*self._underway.values(), return_exceptions=True)

    async def _claim_all(self) -> OutboxLook:
        """One claim per free target; leases for busy targets would run out while they wait."""
        unsettled = self._unsettled()
        # A page about many monitors of one cause goes behind their results that wait to be written, to include them.
        is_urgent = max(unsettled.values(), default=0) < 2
        look_now = partial(
            look_at_outbox,
            self._records,
            self._pacing,
            owner=self._owner,
            lease_s=self._timeout_s + 3 * _SLACK_S,
            busy=tuple(self._underway),
            unsettled=unsettled,
            apart=[one.name for one in self._targets.values() if one.keeps_alerts],
            steady=self._steady,
        )
        looking = asyncio.create_task(self._thread.do(look_now, is_urgent=is_urgent))
        try:
            look = await asyncio.shield(looking)
        except asyncio.CancelledError:
            self._begin((await looking).claimed)  # claimed: `flush` lets them end, or their leases delay them
            raise
        self._begin(look.claimed)
        return look

    def _begin(self, claimed: Sequence[Claimed]) -> None:
        for one in claimed:
            task = asyncio.create_task(self._deliver(one))
            self._underway[one.notification.target] = task
            task.add_done_callback(partial(self._free, one.notification.target))

    def _free(self, target: str, task: asyncio.Task[None]) -> None:
        self._underway.pop(target, None)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt at target %r failed with an error inside Leadline", target, exc_info=error)

    def _until_next(self, look: OutboxLook) -> float:
        """Seconds until something new is due. Due rows that were not claimed wait for a busy target."""
        self.oldest_unsent_at = look.oldest_unsent_at
        if look.next_in_s is None or look.next_in_s <= 0:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, look.next_in_s)

    async def _deliver(self, claimed: Claimed) -> None:
        target = self._targets.get(claimed.notification.target)
        if target is None:
            await self._give_up(claimed, "no target has this name any more")
            return
        recipient = claimed.notification.recipient
        if recipient and recipient not in target.recipients:
            await self._give_up(claimed, "the target has no such recipient any more")
            return
        target = replace(target, recipient=recipient)
        page = write_page(
            claimed.incident,
            claimed.transition,
            is_combined=claimed.is_combined,
            dashboard_url=self._dashboard_url,
            now=self._wall(),
            context=await self._context.read(claimed.incident),
        )
        if claimed.others:
            told = [claimed.incident, *(one.incident for one in claimed.others)]
            page = write_group(page, told, claimed.transition, now=self._wall(), still_open=claimed.still_open)
        receipt = await self._attempt(claimed, target, write_head(page, claimed.notification))
        self._pacing.note(claimed, receipt, now_s=monotonic_s())
        await self._record(claimed, receipt, give_up=self._is_given_up(claimed))

    async def _give_up(self, claimed: Claimed, reason: str) -> None:
        await self._record(claimed, Receipt(is_accepted=False, duration_ms=0.0, reason=reason), give_up=True)

    def _is_given_up(self, claimed: Claimed) -> bool:
        attempts = claimed.notification.attempts
        return is_given_up(claimed.incident.resolved_at, self._wall(), attempts=attempts)

    async def _attempt(self, claimed: Claimed, target: Target, page: PageText) -> Receipt:
        began_s = monotonic_s()
        attachments = await asyncio.to_thread(self._screenshots, claimed)
        try:
            async with asyncio.timeout(self._timeout_s + _SLACK_S):
                return await self._send(
                    target,
                    page,
                    attachments=attachments,
                    idempotency_key=name_message(claimed),
                    incident_id=claimed.incident.incident_id,
                    others=[one.incident.incident_id for one in claimed.others],
                    group_id=claimed.alert,
                    transition=claimed.notification.transition.value,
                    timeout_s=self._timeout_s,
                )
        except TimeoutError:
            reason = f"no answer within {self._timeout_s:g} s"
        duration_ms = (monotonic_s() - began_s) * 1000
        return Receipt(is_accepted=False, duration_ms=duration_ms, reason=reason, may_have_arrived=True)

    def _screenshots(self, claimed: Claimed) -> tuple[Path, ...]:
        """The screenshots of each cohort's newest failing run, if they are still on disk: a lost file prevents no
        page.
        """
        if claimed.transition is not TransitionKind.OPEN:
            return ()
        found: list[Path] = []
        for finding in claimed.incident.findings:
            files = (self._evidence_folder / one.path for one in finding.evidence if one.kind == "screenshot")
            found += [file for file in files if file.is_file()][:1]
        return tuple(found[:_MOST_SCREENSHOTS])

    def _fallback_recipients(self) -> tuple[str, ...]:
        target = None if self._fallback is None else self._targets.get(self._fallback)
        return () if target is None else target.recipients

    async def _record(self, claimed: Claimed, receipt: Receipt, *, give_up: bool) -> None:
        """Retries until it is written: until then the target stays busy, so nothing is sent twice."""
        notification = claimed.notification
        again_at = next_attempt(
            notification.attempts, self._steady(), jitter_ratio=self._jitter(), retry_after_s=receipt.retry_after_s
        )
        record = partial(
            self._records.record_receipt,
            notification.notification_id,
            receipt,
            now=self._wall(),
            next_attempt_at=None if receipt.is_accepted or give_up else again_at,
            give_up=give_up and not receipt.is_accepted,
            attempt=notification.attempts,
            fallback=self._fallback,
            fallback_recipients=self._fallback_recipients(),
            others=tuple(one.notification for one in claimed.others),
        )
        await self._thread.do(record, patience_s=math.inf, is_urgent=True)
        if not receipt.is_accepted:
            log.warning(
                "target %r did not accept the %s of incident %s (attempt %d): %s",
                notification.name,
                notification.transition,
                notification.incident_id,
                notification.attempts,
                receipt.reason,
            )
