"""The cleanup ledger that the workers write to, kept in the records.

A journey that made an order must cancel it even if the machine dies in between: the cleanup is on disk before
the step ends.
"""

from __future__ import annotations

from functools import partial

from leadline import clock
from leadline.records import Records
from leadline_scheduler.records_thread import PATIENCE_S, RecordsThread


class LedgerInRecords:
    """leadline.workers.CleanupLedger on the records' thread."""

    def __init__(self, records: Records, thread: RecordsThread) -> None:
        self._records = records
        self._thread = thread

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:
        """Returns once the cleanup is on disk."""
        keep = partial(
            self._records.keep_cleanup,
            run_id=run_id,
            cleanup_id=cleanup_id,
            function=function,
            arguments=arguments,
            now=clock.now(),
        )
        await self._thread.do(keep, patience_s=PATIENCE_S)

    async def done(self, cleanup_id: str, error: str | None) -> None:
        """It was tried; `error` says why it is not done yet."""
        finish = partial(self._records.finish_cleanup, cleanup_id, error=error, now=clock.now())
        await self._thread.do(finish, patience_s=PATIENCE_S)
