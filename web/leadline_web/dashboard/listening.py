"""Six claims about an app's pages, each true or with the line that makes it true. Pure.

The first two come from the collector's memory, the others from the store. A later claim implies the earlier ones: a
collector that was restarted has forgotten who fetched its script, and a browser fetches it once in five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.model.web_origins import read_origin
from leadline.settings import AppSettings
from leadline.wire.snippet import VERSION_TO_FILL_IN

Tick = dict[str, Any]
Row = Mapping[str, Any]
# The placeholder for an event's name.
EXAMPLE_KPI = "checkout_completed"


def tell_ticks(
    app: AppSettings, *, tag: str, proxy: str | None, arrivals: Row | None, stored: Row | None
) -> list[Tick]:
    """In the order of a beacon's path: script, accepted, kept, version, route, kpi. `proxy` None: none is needed."""
    views = stored["page_views"] if stored else 0
    accepted = max(arrivals["accepted"] if arrivals else 0, views)
    scripts = max(arrivals["scripts"] if arrivals else 0, int(accepted > 0))
    lines = [tag, proxy] if proxy else [tag]
    return [
        _tick("script", "Script loaded", scripts > 0, _script_words(arrivals), "Put the tag into the page", *lines),
        _accepted(app, accepted, arrivals),
        _tick(
            "kept", "Kept", views > 0, _views_words(stored) if stored else "",
            "Within two seconds of being accepted; if it stays open, look at the store", "leadline status",
        ),
        _version(stored),
        _tick(
            "route", "Route template", bool(stored and stored["page_views_with_route"]),
            ", ".join(stored["routes"]) if stored and stored["routes"] else "",
            "Numbers and long ids become :id by themselves; for the rest name the patterns in the tag",
            'data-routes="/product/:id /docs/*"',
        ),
        _kpi(app, stored),
    ]  # fmt: skip


def _tick(tick: str, title: str, is_done: bool, seen: str, hint: str, *lines: str) -> Tick:
    return {"tick": tick, "title": title, "is_done": is_done, "seen": seen, "hint": hint, "lines": list(lines)}


def _script_words(arrivals: Row | None) -> str:
    if arrivals is None:
        return "the collector does not answer"
    return f"fetched {arrivals['scripts']:,} times since the collector started" if arrivals["scripts"] else ""


def _accepted(app: AppSettings, accepted: int, arrivals: Row | None) -> Tick:
    hint, lines, seen = (
        "A page sends when it is hidden (come back to this tab) or left, else after 30 s",
        [f'data-key="{_key(app)}"'],
        "",
    )
    if accepted:
        seen = f"{accepted:,} beacons"
    elif arrivals is None:
        hint, lines = "The collector does not answer", ["leadline up"]
    else:
        stray = arrivals["stray"] or {}
        refused = arrivals if arrivals["dropped"] else stray if stray.get("dropped") else None
        if refused is not None:
            seen = f"dropped: {refused['dropped_last_reason']}"
            if detail := refused["dropped_last_detail"]:
                seen += f", {detail}"
            hint, lines = refused["dropped_last_remedy"], _mend(app, refused)
    return _tick("accepted", "Accepted", accepted > 0, seen, hint, *lines)


def _mend(app: AppSettings, refused: Row) -> list[str]:
    match refused["dropped_last_reason"]:
        case "origin":
            # the detail names it first: "'http://localhost:3000' is not among the app's origins"
            sent = str(refused["dropped_last_detail"] or "").split("'")[1:2]
            listed = ", ".join(f'"{one}"' for one in dict.fromkeys([*(app.origins or _own_origin(app)), *sent]))
            return [f"origins = [{listed}]"]
        case "unknown_key" | "key_revoked":
            return [f'data-key="{_key(app)}"']
        case _:
            return ["leadline drops"]


def _own_origin(app: AppSettings) -> Sequence[str]:
    return [str(read_origin(app.base_url))] if app.base_url else []


def _views_words(stored: Row) -> str:
    views, people = stored["page_views"], stored["page_views_of_people"]
    return f"{views:,} page views" + (f", {views - people:,} of them by a probe or a bot" if views > people else "")


def _version(stored: Row | None) -> Tick:
    named = stored["service_version"] if stored else None
    is_done = named is not None and named != VERSION_TO_FILL_IN
    seen = f"last {named}" if is_done else f'the tag still says "{named}"' if named else ""
    return _tick(
        "version", "Version", is_done, seen, "Without it nothing can be compared; any of these names it",
        'data-version="1.5.0"', '<meta name="version" content="1.5.0">', 'Server-Timing: version;desc="1.5.0"',
    )  # fmt: skip


def _kpi(app: AppSettings, stored: Row | None) -> Tick:
    events = stored["events"] if stored else []
    found = [event for event in events if event in app.kpis]
    call = f'window.leadline?.event("{(app.kpis or [EXAMPLE_KPI])[0]}", {{ value: 42.5 }})'
    lines = [call] if app.kpis else [call, f'kpis = ["{EXAMPLE_KPI}"]  # in leadline.toml, [[app]] {app.name}']
    hint, seen = "Where the page has done what the business lives on", ", ".join(found)
    if events and not found:
        seen = f"events seen: {', '.join(events[:5])}"
        hint, lines = "Name it as the app's KPI in leadline.toml", [f'kpis = ["{events[0]}"]']
    return _tick("kpi", "KPI", bool(found), seen, hint, *lines)


def _key(app: AppSettings) -> str:
    return app.keys[0] if app.keys else "pk_…"
