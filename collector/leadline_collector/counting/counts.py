"""Counts accepted and dropped beacons per app and reason, with one redacted sample each, and measures commits.

Plain numbers, because the hot path adds to them. `metrics.py` turns them into Prometheus text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadline.beaconlog import Commit
from leadline.wire import Dropped, DroppedField
from leadline_collector.redaction.texts import LONGEST_SECRET, clean_name, clean_text

# From a commit of a few records (0.2 ms, docs/decisions/0003) to a disk that stalls.
SECONDS_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
RECORDS_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
# A flood of bad beacons must not cause one redaction each.
SAMPLE_EVERY_S = 1.0
SAMPLE_CHARACTERS = 400
RECENT_MINUTES = 60
# Senders can invent names; invented ones must not fill the memory.
MOST_CRAWLERS = 500
OTHER_CRAWLERS = "(other)"
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(slots=True)
class Histogram:
    """Counts by bucket (the last one is everything above), and the sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def observe(self, number: float) -> None:
        self.counts[bisect_left(self.bounds, number)] += 1
        self.total += number


@dataclass(slots=True)
class Sample:
    """The last drop of its kind: when, what was wrong, and what was sent, redacted."""

    at: str
    field: str
    detail: str
    excerpt: str
    taken_s: float


@dataclass(slots=True)
class Counts:
    """One worker's numbers since its start."""

    accepted: dict[tuple[str, str], int] = field(default_factory=dict)
    accepted_at_ms: dict[str, int] = field(default_factory=dict)  # the last, by app
    scripts: dict[str, int] = field(default_factory=dict)  # fetches of a script, by app; "" if the app is not known
    scripts_at_ms: dict[str, int] = field(default_factory=dict)
    dropped: dict[tuple[str, str, str], int] = field(default_factory=dict)
    # Values and items left out of kept beacons: by app, client and reason, as above.
    dropped_fields: dict[tuple[str, str, str], int] = field(default_factory=dict)
    # The same by minute, of the last hour: drops and fields together.
    recent: dict[tuple[str, str, str], dict[int, int]] = field(default_factory=dict)
    crawlers: dict[tuple[str, str], int] = field(default_factory=dict)  # by app and name
    samples: dict[tuple[str, str, str], Sample] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    commit_s: Histogram = field(default_factory=lambda: Histogram(SECONDS_BUCKETS))
    waited_s: Histogram = field(default_factory=lambda: Histogram(SECONDS_BUCKETS))
    records: Histogram = field(default_factory=lambda: Histogram(RECORDS_BUCKETS))
    failed_commits: int = 0
    flag_answers: dict[int, int] = field(default_factory=dict)  # by status
    flag_events: int = 0
    flag_streams: int = 0
    # The current state; the worker updates it once a second.
    told_at_ms: int = 0
    waiting: int = 0
    is_ready: bool = False
    has_settings_in_force: bool = True

    def accept(self, app: str, client: str, at_ms: int) -> None:
        """One beacon of `app`, received at `at_ms`, is on disk."""
        key = (app, client)
        self.accepted[key] = self.accepted.get(key, 0) + 1
        self.accepted_at_ms[app] = at_ms

    def fetch_script(self, app: str, at_ms: int) -> None:
        """A page of `app` asked for the script."""
        self.scripts[app] = self.scripts.get(app, 0) + 1
        self.scripts_at_ms[app] = at_ms

    def drop(self, dropped: Dropped, *, app: str, client: str, body: bytes, now: datetime, now_s: float) -> None:
        """One beacon is dropped; `body` is what was sent."""
        key = (app, client, dropped.reason.value)
        self.dropped[key] = self.dropped.get(key, 0) + 1
        self._count_minute(key, now)
        self._sample(key, dropped.field or "", dropped.detail, body, now, now_s)

    def drop_fields(
        self, dropped: Sequence[DroppedField], *, app: str, client: str, body: bytes, now: datetime, now_s: float
    ) -> None:
        """A beacon is kept without these fields; `body` is what was sent."""
        for each in dropped:
            key = (app, client, each.reason.value)
            self.dropped_fields[key] = self.dropped_fields.get(key, 0) + 1
            self._count_minute(key, now)
            self._sample(key, each.field, "the rest of the beacon was kept", body, now, now_s)

    def _count_minute(self, key: tuple[str, str, str], now: datetime) -> None:
        minute = minute_of(now)
        by_minute = self.recent.setdefault(key, {})
        if minute not in by_minute:
            for past in [past for past in by_minute if past <= minute - RECENT_MINUTES]:
                del by_minute[past]
        by_minute[minute] = by_minute.get(minute, 0) + 1

    def see_crawler(self, app: str, name: str) -> None:
        """A beacon of a crawler, kept or not."""
        key = (app, name)
        if key not in self.crawlers and len(self.crawlers) >= MOST_CRAWLERS:
            key = (app, OTHER_CRAWLERS)
        self.crawlers[key] = self.crawlers.get(key, 0) + 1

    def _sample(
        self, key: tuple[str, str, str], field: str, detail: str, body: bytes, now: datetime, now_s: float
    ) -> None:
        last = self.samples.get(key)
        if last is None or now_s - last.taken_s >= SAMPLE_EVERY_S:
            self.samples[key] = Sample(
                now.isoformat(timespec="seconds"),
                clean_name(field),
                clean_text(detail),
                redact(body),
                now_s,
            )

    def close_connection(self, why: str) -> None:
        """A connection was ended before it became a request."""
        self.closed[why] = self.closed.get(why, 0) + 1

    def observe_commit(self, commit: Commit) -> None:
        """Given to the log writer."""
        self.commit_s.observe(commit.commit_s)
        self.waited_s.observe(commit.waited_s)
        self.records.observe(commit.records)
        if commit.error is not None:
            self.failed_commits += 1


def minute_of(now: datetime) -> int:
    """Minutes since 1970."""
    return int(now.timestamp()) // 60


def redact(body: bytes) -> str:
    """The beginning of what was sent, without control characters and personal data, whether escaped or in UTF-16."""
    text = body[: 2 * SAMPLE_CHARACTERS].replace(b"\0", b"").decode("utf-8", "replace")
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    printable = "".join(character if character.isprintable() else "·" for character in text)
    cleaned = clean_text(printable)
    is_cut = len(body) > 2 * SAMPLE_CHARACTERS  # half of a secret would not be recognised
    return (cleaned[:-LONGEST_SECRET] if is_cut else cleaned)[:SAMPLE_CHARACTERS]
