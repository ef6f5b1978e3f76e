"""Sends outcomes to a collector as beacons of the service's own version, in batches, from one thread.

Nothing is sent before `report_to`. Outcomes that can't be sent after some tries are dropped and counted: a dark launch
must not fill the memory of a service because a collector is down.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import closing
from hashlib import blake2b

import msgspec

from leadline.clock import new_id, now_ms
from leadline.darklaunch.outcomes import Outcome
from leadline.wire.beacon import Beacon, BeaconEvent

__all__ = ["Reporter"]

# The collector accepts 200 beacons in a request.
MOST_IN_BATCH = 100
MOST_WAITING = 5_000
FLUSH_EVERY_S = 1.0
TIMEOUT_S = 5.0
SDK_NAME = "leadline-compare"
# The matched event is what a gate's KPI counts; a skipped candidate says nothing about either version.
_EVENTS: dict[Outcome, str] = {"matched": "matched", "mismatched": "mismatched", "timed_out": "mismatched"}


class Reporter:
    """`url` is the collector's, or a site's with the prefix (`https://shop.example/_l`)."""

    def __init__(self, url: str, *, key: str, version: str | None, cohort: str | None) -> None:
        from urllib.parse import urlsplit  # late: most of the time this room takes to import

        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an http or https address")
        self._parts = parts
        self._key, self._version, self._cohort = key, version, cohort
        self._waiting: deque[Beacon] = deque()
        self._lock = threading.Condition()
        self._sending = 0
        self.lost = 0
        threading.Thread(target=self._send_for_ever, name="leadline-compare-reports", daemon=True).start()

    def add(self, comparison: str, outcome: Outcome, *, key: str | None, signature: str = "") -> None:
        """Queues one outcome; `key` is who it was for, and is sent as a hash."""
        event = _EVENTS.get(outcome)
        if event is None:
            return
        attributes: dict[str, str | float | bool] = {"comparison": comparison, "outcome": outcome}
        if signature:
            attributes["signature"] = signature[:120]
        beacon = Beacon(
            key=self._key,
            page_view_id=new_id(),
            session_id=_hashed(key) if key is not None else new_id(),
            service_version=self._version,
            cohort=self._cohort,
            started_at=now_ms(),
            sdk_name=SDK_NAME,
            events=[BeaconEvent(name=f"{comparison}_{event}", attributes=attributes)],
        )
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self.lost += 1
            self._waiting.append(beacon)
            if len(self._waiting) >= MOST_IN_BATCH:
                self._lock.notify()

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything was sent; False if that takes too long."""
        with self._lock:
            self._lock.notify_all()
            return self._lock.wait_for(lambda: not self._waiting and not self._sending, timeout_s)

    def _send_for_ever(self) -> None:
        while True:
            with self._lock:
                if len(self._waiting) < MOST_IN_BATCH:
                    self._lock.wait(FLUSH_EVERY_S)
                batch = [self._waiting.popleft() for _ in range(min(MOST_IN_BATCH, len(self._waiting)))]
                self._sending = len(batch)
            if batch and not self._send(batch):
                with self._lock:
                    self.lost += len(batch)
            with self._lock:
                self._sending = 0
                self._lock.notify_all()

    def _send(self, batch: list[Beacon]) -> bool:
        from http.client import HTTPConnection, HTTPException, HTTPSConnection

        parts = self._parts
        body = msgspec.json.encode(batch)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        for _ in range(2):  # a kept-alive connection of a proxy may just have closed
            try:
                with closing(connect(parts.hostname or "", parts.port, timeout=TIMEOUT_S)) as connection:
                    headers = {"Content-Type": "application/json", "User-Agent": SDK_NAME}
                    connection.request("POST", f"{parts.path.rstrip('/')}/v1/b", body, headers)
                    status = connection.getresponse().status
            except (OSError, HTTPException):
                continue
            return status < 300
        return False


def _hashed(key: str) -> str:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
