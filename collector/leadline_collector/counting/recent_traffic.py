"""The answer of `GET /v1/arrivals`: for each app, fetches of the script, beacons and drops, and the last time of each.

It answers "has my page arrived here?" within a second, long before the data is a row. Counts begin at the start.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from leadline.wire import DROP_REASONS, DropReason
from leadline_collector.admission.policy import Policy
from leadline_collector.counting.counts import Counts, Sample
from leadline_collector.counting.drops import list_drops


def owner_of_fetch(policy: Policy, request: Request) -> str:
    """The app whose page asks for the script: by `?key=`, else by where the page is, else the only one there is."""
    if (key := request.query_params.get("key", "")) and (owner := policy.app_of(key)) is not None:
        return owner.name
    if (origin := _origin_of(request)) and (owner := policy.app_at(origin)) is not None:
        return owner.name
    names = {app.name for app in policy.apps.values()}
    return names.pop() if len(names) == 1 else ""


def _origin_of(request: Request) -> str:
    if origin := request.headers.get("origin"):
        return origin
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


# People want to see current crawlers, not all that ever came.
MOST_CRAWLERS_TOLD = 20


def list_arrivals(
    gathered: dict[int, Counts], policy: Policy, *, app: str | None, now: datetime
) -> list[dict[str, Any]]:
    """One object per configured app (or only `app`), and one with an empty name for unknown apps."""
    names = sorted({one.name for one in policy.apps.values()} | {one.name for one in policy.revoked.values()})
    drops = list_drops(gathered, now=now)
    return [_tell(name, gathered, drops) for name in ([*names, ""] if not app else [app, ""])]


def _tell(app: str, gathered: dict[int, Counts], drops: list[dict[str, Any]]) -> dict[str, Any]:
    workers = gathered.values()
    last = _last_drop(app, gathered)
    return {
        "app": app,
        "scripts": sum(counts.scripts.get(app, 0) for counts in workers),
        "script_last_at": _latest([counts.scripts_at_ms.get(app, 0) for counts in workers]),
        "accepted": sum(n for counts in workers for (name, _), n in counts.accepted.items() if name == app),
        "accepted_last_at": _latest([counts.accepted_at_ms.get(app, 0) for counts in workers]),
        "dropped": sum(n for counts in workers for (name, *_), n in counts.dropped.items() if name == app),
        "dropped_last_at": last[1].at if last else None,
        "dropped_last_reason": last[0] if last else None,
        "dropped_last_detail": last[1].detail if last else None,
        "dropped_last_remedy": DROP_REASONS[DropReason(last[0])].remedy if last else None,
        "dropped_last_hour": [
            {
                name: drop[name]
                for name in ("reason", "last_hour", "status_code", "field", "detail", "remedy", "last_at")
            }
            for drop in drops
            if drop["app"] == app and drop["last_hour"]
        ],
        "crawlers": _crawlers(app, gathered),
    }


def _crawlers(app: str, gathered: dict[int, Counts]) -> list[dict[str, Any]]:
    totals: dict[str, int] = {}
    for counts in gathered.values():
        for (owner, name), number in list(counts.crawlers.items()):
            if owner == app:
                totals[name] = totals.get(name, 0) + number
    listed = sorted(totals.items(), key=lambda each: -each[1])[:MOST_CRAWLERS_TOLD]
    return [{"name": name, "beacons": number} for name, number in listed]


def _last_drop(app: str, gathered: dict[int, Counts]) -> tuple[str, Sample] | None:
    found = [
        (reason, sample)
        for counts in gathered.values()
        for (name, _, reason), sample in counts.samples.items()
        # these are about a value or a text, not about a beacon
        if name == app and reason not in (DropReason.OUT_OF_BOUNDS, DropReason.ODD_CHARACTER)
    ]
    return max(found, key=lambda each: each[1].at, default=None)


def _latest(times_ms: list[int]) -> str | None:
    newest = max(times_ms, default=0)
    return datetime.fromtimestamp(newest / 1000, UTC).isoformat(timespec="milliseconds") if newest else None
