"""How an incident affects real users, in one sentence for its page: how many on the broken version had the KPI.

The store is asked when a page is sent, for at most a second; with too few users the sentence is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from leadline.model import Incident
from leadline.storeclient import Row, Scope, questions
from leadline.storeclient.asynchronous import AsyncStoreClient
from leadline_scheduler.page_context import AskImpact

__all__ = ["describe_impact", "make_ask_impact"]

# As long as a session has for its KPI: older data belongs to another time of day.
LOOKED_AT = timedelta(minutes=30)
# Three visitors are not enough for a decision.
LEAST_SESSIONS = 5


def make_ask_impact(
    client: AsyncStoreClient, *, kpis: Callable[[], Mapping[str, Sequence[str]]], wall: Callable[[], datetime]
) -> AskImpact:
    """Asks the store service. `kpis` are the configured names by app; the first one is used."""

    async def ask(incident: Incident) -> str | None:
        app = incident.subject.app
        names = list(kpis().get(app or "", ()))
        if app is None or not names:
            return None
        scope = Scope(since=wall() - LOOKED_AT, app=app, kpis={app: names})
        rows = await client.ask(questions.KPIS, scope)
        return describe_impact(rows, incident, kpi=names[0])

    return ask


def describe_impact(rows: Sequence[Row], incident: Incident, *, kpi: str) -> str | None:
    """`0 of 21 visitors of 1.5.0 had bought (1.4.2: 14 of 18).` None if no version of the incident has users."""
    broken = {one.service_version for one in incident.findings if one.service_version}
    of_kpi = [row for row in rows if row["name"] == kpi and row["sessions"] >= LEAST_SESSIONS]
    hit = max((row for row in of_kpi if row["service_version"] in broken), key=_sessions, default=None)
    if hit is None:
        return None
    other = max((row for row in of_kpi if row["service_version"] not in broken), key=_sessions, default=None)
    beside = "" if other is None else f" ({other['service_version']}: {_share(other)})"
    return f"{_share(hit)} visitors of {hit['service_version']} had {kpi}{beside}."


def _share(row: Row) -> str:
    return f"{row['sessions_with_event']:,.0f} of {row['sessions']:,.0f}"


def _sessions(row: Row) -> float:
    return float(row["sessions"])
