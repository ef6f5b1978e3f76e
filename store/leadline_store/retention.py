"""Keeps `[retention]`: counts what is due, for `leadline retention`, and removes it once an hour."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from leadline.records import Records
from leadline.settings import Settings
from leadline.store import Store
from leadline.store.compaction import measure_space
from leadline.store.retention import RetentionClass, begins_of_kept, count_by_app, list_aged, remove_expired
from leadline.storeclient.backups import AppRows, KeptRows, RetentionAnswered, RetentionAsked
from leadline_store.periodic import Task, Work

EVERY_S = 3600.0


def answer_retention(store: Store, asked: RetentionAsked) -> RetentionAnswered:
    """Each table as it was before, and what of it goes or went."""
    before: dict[RetentionClass, datetime] = {
        "raw": asked.raw_before,
        "rollups": asked.rollups_before,
        "records": asked.records_before,
    }
    aged = list(list_aged(store, before))
    if not asked.is_dry:
        remove_expired(store, before)
    apps = [AppRows(app=app, beacons=rows) for app, rows in count_by_app(store)]
    with closing(store.cursor()) as cursor:
        space = measure_space(cursor)
    is_compacted = not asked.is_dry and space.is_worth_compacting
    if is_compacted:
        store.is_to_be_closed.set()  # last of all: nothing is asked of it any more
    return RetentionAnswered(
        tables=[
            KeptRows(
                table=one.table,
                kept=one.kept,
                rows=one.rows,
                oldest_at=one.oldest_at,
                size_bytes=one.size_bytes,
                gone=one.expired,
            )
            for one in aged
        ],
        apps=apps,
        file_bytes=space.total_bytes,
        free_bytes=space.free_bytes,
        is_compacted=is_compacted,
    )


def moments_of(settings: Settings, now: datetime) -> dict[RetentionClass, datetime]:
    """Before which moment rows of each class go."""
    kept = settings.retention
    return {
        "raw": begins_of_kept(now, kept.raw),
        "rollups": begins_of_kept(now, kept.rollups),
        "records": begins_of_kept(now, kept.records),
    }


def keep_retention(work: Work) -> None:
    """In the store, then in the records."""
    before = moments_of(work.settings, work.now)
    remove_expired(work.store, before)
    with closing(work.store.cursor()) as cursor:
        if measure_space(cursor).is_worth_interrupting:
            work.store.is_to_be_closed.set()
    records = Records.open(work.settings.paths.records)
    try:
        while records.delete_runs_before(before["records"]):
            pass
    finally:
        records.close()


RETENTION = Task("retention", EVERY_S, keep_retention)
