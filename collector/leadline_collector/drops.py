"""What `GET /v1/drops` tells: an array of flat objects, one per app, client and reason, the workers summed up.

Beacons that were not kept, and figures and items left out of those that were.
"""

from __future__ import annotations

from typing import Any

from leadline.wire import DROP_REASONS, DropReason
from leadline_collector.counts import Counts, Sample


def list_drops(gathered: dict[int, Counts]) -> list[dict[str, Any]]:
    """The most frequent first. `app` is empty where no key told whose it was."""
    totals: dict[tuple[str, str, str], int] = {}
    samples: dict[tuple[str, str, str], Sample] = {}
    for counts in gathered.values():
        for key, number in (*counts.dropped.items(), *counts.dropped_fields.items()):
            totals[key] = totals.get(key, 0) + number
        for key, sample in counts.samples.items():
            if key not in samples or sample.at > samples[key].at:
                samples[key] = sample
    return [_tell(key, number, samples.get(key)) for key, number in sorted(totals.items(), key=lambda each: -each[1])]


def _tell(key: tuple[str, str, str], number: int, sample: Sample | None) -> dict[str, Any]:
    app, client, reason = key
    answer = DROP_REASONS[DropReason(reason)]
    return {
        "app": app,
        "client": client,
        "reason": reason,
        "count": number,
        "status_code": answer.status_code,
        "remedy": answer.remedy,
        "last_at": sample.at if sample else None,
        "field": sample.field if sample else None,
        "detail": sample.detail if sample else None,
        "sample": sample.excerpt if sample else None,
    }
