"""How many runs a journey or check may have in an hour, over all of its cohorts, re-runs and runs by hand.

For journeys that leave data behind at every run (orders, mails). It counts runs begun in the last 60 minutes; after a
start, those in the records. Skipped runs are not made up for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from leadline.model import Subject
from leadline.records import Records
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.records_thread import PATIENCE_S, RecordsThread

HOUR = timedelta(hours=1)


class RunLimits:
    """Counts by journey or check: cohorts share one limit."""

    def __init__(self, records: Records, thread: RecordsThread, wall: Callable[[], datetime]) -> None:
        self._records = records
        self._thread = thread
        self._wall = wall
        self._began: dict[Subject, deque[datetime]] = {}

    async def refuse(self, monitor: Monitor) -> str | None:
        """Counts a run that begins now; or returns why it must not begin, without counting."""
        limit = monitor.max_runs_per_hour
        if limit is None:
            self._began.pop(monitor.subject, None)  # a limit that is set again counts from the records
            return None
        subject = monitor.subject
        if subject not in self._began:
            since = self._wall() - HOUR
            read = partial(self._records.run_starts, subject, since=since)
            known = deque(await self._thread.do(read, patience_s=PATIENCE_S))
            self._began.setdefault(subject, known)  # another cohort may have read them meanwhile
        began, now = self._began[subject], self._wall()
        while began and began[0] <= now - HOUR:
            began.popleft()
        if len(began) < limit:
            began.append(now)
            return None
        free_at = began[len(began) - limit] + HOUR
        return f"max_runs_per_hour = {limit} is reached; the next may begin at {free_at:%H:%M:%S} UTC"

    def count_again(self, monitor: Monitor) -> None:
        """The pool has begun the same run once more, on a fresh browser."""
        if (began := self._began.get(monitor.subject)) is not None:
            began.append(self._wall())
