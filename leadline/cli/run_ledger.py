"""The cleanup ledger of `leadline run`, in the home's records, so that the next scheduler cleans up after a killed run.

Without a home there is no ledger: remaining cleanups are done before the command ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leadline.clock import now
from leadline.settings import Settings
from leadline.workers import CleanupLedger

if TYPE_CHECKING:
    from leadline.records import Records


class HomeLedger:
    """leadline.workers.CleanupLedger on open records. Each call is one small commit."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:
        self._records.keep_cleanup(
            run_id=run_id, cleanup_id=cleanup_id, function=function, arguments=arguments, now=now()
        )

    async def done(self, cleanup_id: str, error: str | None) -> None:
        self._records.finish_cleanup(cleanup_id, error=error, now=now())


@contextlib.contextmanager
def open_ledger(settings: Settings | None) -> Iterator[CleanupLedger | None]:
    """None if there is no home yet."""
    if settings is None or not settings.paths.records.exists():
        yield None
        return
    from leadline.records import Records  # the extra `probes` has no database

    records = Records.open(settings.paths.records)
    try:
        yield HomeLedger(records)
    finally:
        records.close()
