"""One look at the outbox: everything that the dispatcher asks of the records at a time, in one turn of their thread.

Each turn may have to wait for a transaction of others, so several turns would make each page wait several times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable
from leadline.records import Claimed, Records
from leadline_scheduler.target_pace import Pacing


@dataclass(slots=True)
class OutboxLook:
    """What was claimed, since when the oldest page is unsent, and in how many seconds the next is due (None: nothing
    is). `took_s`: the time that it cost the thread, in seconds."""

    claimed: list[Claimed] = field(default_factory=list)
    oldest_unsent_at: datetime | None = None
    next_in_s: float | None = None
    took_s: float = 0.0


def look_at_outbox(
    records: Records,
    pacing: Pacing,
    *,
    owner: str,
    lease_s: float,
    busy: Sequence[str],
    unsettled: Collection[str],
    apart: Collection[str],
    steady: Callable[[], datetime],
) -> OutboxLook:
    """Claims one message for each target that is not `busy`; `apart` are those that keep alerts. Raises
    StorageUnavailable if nothing could be claimed.

    Runs on the records' thread, which also moves plans after a step of the clock, so the time is read here.
    """
    look, began_s = OutboxLook(), monotonic_s()

    def claim() -> list[Claimed]:
        now_s = monotonic_s()
        return records.claim_due(
            owner=owner,
            now=steady(),
            lease_s=lease_s,
            limit=1,
            exclude_targets=(*busy, *pacing.held(waiting, now_s=now_s)),
            storm=pacing.in_storm(waiting, now_s=now_s),
            unsettled=unsettled,
            ends=pacing.ends(ended, apart=apart, now_s=now_s),
        )

    try:
        waiting, ended = records.due_openings(steady()), records.due_ends(steady())
        while claimed := claim():
            look.claimed += claimed
            busy = (*busy, *(one.notification.target for one in claimed))
        now = steady()
        look.oldest_unsent_at = records.oldest_unsent_at(now)
        due_at = records.next_due_at(now)
        look.next_in_s = None if due_at is None else (due_at - now).total_seconds()
    except StorageUnavailable:
        if not look.claimed:  # what is claimed has a lease, and must be sent
            raise
    look.took_s = monotonic_s() - began_s
    return look
