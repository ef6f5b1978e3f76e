"""Requests to run monitors now, as files in the home: whoever may write there asks, the scheduler takes them.

They survive a scheduler that is just restarting; one that is older than ten minutes is nobody's wish any more.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from leadline import clock

FOLDER = "asked"
STALE_AFTER = timedelta(minutes=10)
_MOST_BYTES = 4096


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All monitors of `app` that the other fields fit; None fits any."""

    app: str | None
    asked_at: datetime
    reason: str
    monitor: str | None = None  # journey or check
    name: str | None = None
    cohort: str | None = None


def ask_for_runs(run_folder: Path, request: RunRequest) -> None:
    """Write it whole, or not at all. OSError where the home can't be written."""
    folder = run_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / f"{clock.new_id()}.json"
    part = place.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(request))
    os.replace(part, place)


def take_requests(run_folder: Path, *, now: datetime) -> list[RunRequest]:
    """Those that are waiting, the oldest first, each once. What is stale or not readable is removed with them."""
    folder = run_folder / FOLDER
    found: list[RunRequest] = []
    for place in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            request = msgspec.json.decode(place.read_bytes()[:_MOST_BYTES], type=RunRequest)
            place.unlink()
        except (msgspec.DecodeError, OSError):
            place.unlink(missing_ok=True)
            continue
        if now - request.asked_at <= STALE_AFTER:
            found.append(request)
    return found
