"""What `GET /v1/drops` tells: an array of flat objects, one per app, client and reason, the workers summed up.

Beacons that were not kept, and figures and items left out of those that were.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadline.wire import DROP_REASONS, DropReason
from leadline_collector.counting.counts import RECENT_MINUTES, Counts, Sample, minute_of


def list_drops(gathered: dict[int, Counts], *, now: datetime) -> list[dict[str, Any]]:
    """What the last hour had most of first. `app` is empty where no key told whose it was."""
    totals: dict[tuple[str, str, str], int] = {}
    recent: dict[tuple[str, str, str], int] = {}
    oldest = minute_of(now) - RECENT_MINUTES
    samples: dict[tuple[str, str, str], Sample] = {}
    for counts in gathered.values():
        for key, number in (*counts.dropped.items(), *counts.dropped_fields.items()):
            totals[key] = totals.get(key, 0) + number
        for key, by_minute in list(counts.recent.items()):
            recent[key] = recent.get(key, 0) + sum(n for minute, n in by_minute.items() if minute > oldest)
        for key, sample in counts.samples.items():
            if key not in samples or sample.at > samples[key].at:
                samples[key] = sample
    return [
        _tell(key, number, recent.get(key, 0), samples.get(key))
        for key, number in sorted(totals.items(), key=lambda each: (-recent.get(each[0], 0), -each[1]))
    ]


def _tell(key: tuple[str, str, str], number: int, last_hour: int, sample: Sample | None) -> dict[str, Any]:
    app, client, reason = key
    answer = DROP_REASONS[DropReason(reason)]
    return {
        "app": app,
        "client": client,
        "reason": reason,
        "last_hour": last_hour,
        "count": number,
        "status_code": answer.status_code,
        "remedy": answer.remedy,
        "last_at": sample.at if sample else None,
        "field": sample.field if sample else None,
        "detail": sample.detail if sample else None,
        "sample": sample.excerpt if sample else None,
    }
