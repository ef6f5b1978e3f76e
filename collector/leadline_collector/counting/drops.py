"""The answer of `GET /v1/drops`: an array of flat objects, one per app, client and reason, summed over the workers.

It contains dropped beacons, and values and items left out of kept ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadline.wire import DROP_REASONS, DropReason
from leadline_collector.counting.counts import RECENT_MINUTES, Counts, Sample, minute_of


def list_drops(gathered: dict[int, Counts], *, now: datetime) -> list[dict[str, Any]]:
    """Most frequent in the last hour first. `app` is empty if no key identified it."""
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
