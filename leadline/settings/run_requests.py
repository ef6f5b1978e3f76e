"""Requests to run monitors now, as files in the home: anybody who may write there can ask; the scheduler takes them.

They survive a restart of the scheduler; requests older than ten minutes are discarded.
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
    """All monitors of `app` that match the other fields; None matches any."""

    app: str | None
    asked_at: datetime
    reason: str
    monitor: str | None = None  # journey or check
    name: str | None = None
    cohort: str | None = None


def ask_for_runs(run_folder: Path, request: RunRequest) -> None:
    """Writes the request atomically. OSError if the home can't be written."""
    folder = run_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / f"{clock.new_id()}.json"
    part = place.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(request))
    os.replace(part, place)


def take_requests(run_folder: Path, *, now: datetime) -> list[RunRequest]:
    """The waiting requests, oldest first, each once. Removes them, and also stale or unreadable ones."""
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
