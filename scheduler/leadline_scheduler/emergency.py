"""If the records can't be written for a minute, pages the operator anyway: from memory, in no ledger, and the page
says so.

Everything else that is sent is in the records first. This can't be, and silence would be worse.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from leadline.clock import monotonic_s, new_id
from leadline.incidents import PageText, Routing
from leadline.incidents.foreign_text import clean_text
from leadline.incidents.spans import write_clock
from leadline.model import Receipt, Target, TransitionKind
from leadline_scheduler.dispatch import Send
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

REFUSED_AFTER_S = 60.0
LOOK_EVERY_S = 1.0
AGAIN_AFTER_S = 30.0
_MOST_MONITORS = 20
_SEE = "Free disk space, or see who holds or has taken the file."


class Emergency:
    """Runs until it is cancelled. `list_failing` names the monitors whose last run failed, as far as is in memory."""

    def __init__(
        self,
        *,
        thread: RecordsThread,
        send: Send,
        targets: dict[str, Target],
        routing: Routing,
        timeout_s: float,
        list_failing: Callable[[], Iterable[str]],
        wall: Callable[[], datetime],
    ) -> None:
        self.targets = targets
        self.routing = routing
        self._thread = thread
        self._send = send
        self._timeout_s = timeout_s
        self._list_failing = list_failing
        self._wall = wall
        self._told: set[str] = set()
        self._key = ""

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(AGAIN_AFTER_S if self._key and not self._told else LOOK_EVERY_S)

    async def look(self) -> None:
        """Pages each target of the operator once per outage of the records, and once when it is over."""
        since_s = self._thread.refused_since_s
        if since_s is not None and monotonic_s() - since_s > REFUSED_AFTER_S:
            self._key = self._key or f"emergency-{new_id()}"
            for name in self.routing.operator_targets():
                if name not in self._told and await self._page(name, self._write_alarm(), TransitionKind.OPEN):
                    self._told.add(name)
        elif since_s is None and self._key:
            for name in self._told:
                await self._page(name, self._write_end(), TransitionKind.RESOLVE)
            self._key, self._told = "", set()

    def _write_alarm(self) -> PageText:
        failing = list(self._list_failing())
        named = ", ".join(clean_text(one, limit=60) for one in failing[:_MOST_MONITORS]) or "none"
        return PageText(
            title="ALERT Leadline records · can't be written",
            body=(
                f"At {write_clock(self._wall())} the records have refused everything for a minute:"
                f" no incident opens, and {self._thread.kept} results wait in memory.\n"
                f"Why: {_say_without_path(self._thread.last_refusal)}.\n"
                f"To do: {clean_text(self._thread.last_hint or _SEE, limit=200)}\n\n"
                f"Monitors whose last run failed: {named}\n"
                "This page comes from memory and is in no ledger."
            ),
        )

    async def _page(self, name: str, page: PageText, transition: TransitionKind) -> bool:
        target = self.targets.get(name)
        if target is None:
            return False
        receipt: Receipt = await self._send(
            target,
            page,
            attachments=(),
            idempotency_key=f"{self._key}/{transition}/{name}",
            incident_id=self._key,
            transition=transition.value,
            timeout_s=self._timeout_s,
        )
        if not receipt.is_accepted:
            log.error("target %r did not accept the page about the records: %s", name, receipt.reason)
        return receipt.is_accepted

    def _write_end(self) -> PageText:
        lost = f" {self._thread.lost} did not fit and are lost." if self._thread.lost else ""
        return PageText(
            title="WELL Leadline records",
            body="The records can be written again.\n"
            f"The results that waited in memory are written, and what they show is told.{lost}",
        )


def _say_without_path(refusal: str) -> str:
    """A page names no path of the server; log and status do."""
    path, _, rest = refusal.partition(": ")
    return clean_text(rest if rest and "/" in path else refusal, limit=200)
