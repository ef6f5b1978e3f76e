"""The last page of the walk: what each version was like, what was done, and what to type next. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from walking.facts import Action, Check, Incident, Notification, Page, Run
from walking.places import Places

# Fits the 80 characters of a terminal as it opens.
COLUMNS = ("version", "views", "visits", "bought (95 %)", "errors", "LCP p75", "INP p75", "TTFB p75")


def version_rows(vitals: Sequence[dict[str, Any]]) -> list[list[str]]:
    """One row per version, as `leadline vitals` has them; what is not known yet is a dash."""
    return [
        [
            str(row["service_version"]),
            str(row["page_views"]),
            str(row["sessions"]),
            _share(row, "kpi_checkout_completed"),
            str(row["errors"]),
            _ms(row.get("lcp_p75_ms")),
            _ms(row.get("inp_p75_ms")),
            _ms(row.get("ttfb_p75_ms")),
        ]
        for row in sorted(vitals, key=lambda row: str(row["service_version"]))
    ]


def summary_lines(
    runs: Sequence[Run],
    checks: Sequence[Check],
    vitals: Sequence[dict[str, Any]],
    *,
    incidents: Sequence[Incident],
    notifications: Sequence[Notification],
    pages: Sequence[Page],
    actions: Sequence[Action] = (),
) -> list[str]:
    beacons = ", ".join(
        f"{row['service_version']}: {row['page_views']}"
        for row in sorted(vitals, key=lambda row: str(row["service_version"]))
    )
    accepted = sum(each.state == "accepted" for each in notifications)
    return [
        f"journeys run           {len(runs)} ({_statuses([run.status for run in runs])})",
        f"health checks          {len(checks)} ({_statuses([check.status for check in checks])})",
        f"beacons stored         page views of {beacons or 'none'}",
        f"hooks run              {len(actions)} ({_statuses([action.state for action in actions])})",
        f"incidents              {len(incidents)} ({_statuses([incident.state for incident in incidents])})",
        f"notifications sent     {accepted} of {len(notifications)}; {len(pages)} pages arrived",
    ]


def next_lines(places: Places, *, command: Path) -> list[str]:
    """Commands to try next. They answer from the home, also after the demo has ended."""
    leadline = shlex.quote(_short(command))
    settings = shlex.quote(_short(places.settings_file))
    return [
        f"{leadline} vitals -c {settings}",
        f"{leadline} incidents -c {settings}",
        f'{leadline} sql -c {settings} "SELECT name, count(*) FROM events GROUP BY 1"',
        f"{leadline} init shop https://shop.example   a site of your own",
    ]


def look_lines(places: Places) -> list[str]:
    """What to look at while the demo runs."""
    return [
        f"{places.web_url}          the dashboard",
        f"{places.shop_url}          the shop",
        f"{places.shop_url}/faults   break it yourself",
        f"{places.receiver_url}          the on-call's phone",
    ]


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _statuses(values: Sequence[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in Counter(values).most_common()) or "none"


def _share(row: dict[str, Any], name: str) -> str:
    """`50% (33 to 67)`; without its interval where there are too few visits for one."""
    ratio, low, high = (row.get(f"{name}{end}") for end in ("_ratio", "_low_ratio", "_high_ratio"))
    if ratio is None:
        return "–"
    return f"{ratio:.0%}" if low is None or high is None else f"{ratio:.0%} ({100 * low:.0f} to {100 * high:.0f})"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"
