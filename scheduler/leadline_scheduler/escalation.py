"""When a target refuses again and again, another one is told: the page, and which target is dead.

A page that reaches nobody must not fail in silence. What was told is remembered for the life of the process; after a
restart it may be told once more, with the same idempotency key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from leadline import clock
from leadline.incidents import PageText
from leadline.model import Receipt, Target
from leadline.notify import next_attempt
from leadline.records import Claimed

log = logging.getLogger(__name__)

# After so many refusals in a row (about half a minute) somebody is told, through another target.
ATTEMPTS_UNTIL_ESCALATION = 5
_MOST_TITLE = 60  # what a lock screen shows, as for every page


class Escalations:
    """`attempt` makes one attempt at a target with a page of ours; `fallback` None leaves only the log."""

    def __init__(
        self,
        fallback: Target | None,
        *,
        attempt: Callable[[Claimed, Target, PageText, str], Awaitable[Receipt]],
        jitter: Callable[[], float],
    ) -> None:
        self.fallback = fallback
        self._attempt = attempt
        self._jitter = jitter
        self._told: dict[str, asyncio.Task[None]] = {}

    def note(self, claimed: Claimed, page: PageText, receipt: Receipt) -> None:
        """Hears of every refusal; tells the fallback of the one that is one too many."""
        notification = claimed.notification
        attempts = notification.attempts
        if attempts < ATTEMPTS_UNTIL_ESCALATION or notification.notification_id in self._told:
            return
        log.error("target %r is dead: %d attempts, %s", notification.target, attempts, receipt.reason)
        if self.fallback is None or self.fallback.name == notification.target:
            return
        escalation = write_escalation(page, notification.target, attempts, receipt.reason)
        self._told[notification.notification_id] = asyncio.create_task(self._tell(claimed, self.fallback, escalation))

    async def stop(self) -> None:
        """Gives up what has not been told yet."""
        for telling in self._told.values():
            telling.cancel()
        await asyncio.gather(*self._told.values(), return_exceptions=True)

    async def _tell(self, claimed: Claimed, fallback: Target, page: PageText) -> None:
        notification, attempts = claimed.notification, 0
        while True:
            receipt = await self._attempt(
                claimed, fallback, page, f"{notification.idempotency_key}/escalated/{fallback.name}"
            )
            if receipt.is_accepted:
                log.warning("target %r was told that %r is dead", fallback.name, notification.target)
                return
            attempts += 1
            now = clock.now()
            again_at = next_attempt(attempts, now, jitter_ratio=self._jitter(), retry_after_s=receipt.retry_after_s)
            await asyncio.sleep((again_at - now).total_seconds())


def write_escalation(page: PageText, target: str, attempts: int, reason: str) -> PageText:
    """The same page, headed by which target did not take it."""
    title = f"{target} is dead: {page.title}"
    head = f"Target {target} has refused this page {attempts} times: {reason}\nYou get it in its place."
    return PageText(
        title=title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…", body=f"{head}\n\n{page.body}"
    )
