"""`validate --plan`: what would run, when next, and who would be paged if it broke."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from leadline.cli.validation.findings import JourneysFound
from leadline.model import Incident, IncidentState, Subject
from leadline.settings import Settings
from leadline_scheduler.monitors import Monitor, list_monitors
from leadline_scheduler.slots import slots_of
from leadline_scheduler.startup import read_routing
from leadline_scheduler.state import read_state

COLUMNS = ("monitor", "name", "app", "cohort", "location", "every_s", "next_run_at", "pages")


def list_plan(settings: Settings, journeys: JourneysFound, *, now: datetime) -> Iterator[dict[str, Any]]:
    """One row per journey or check, cohort and location. What never ran runs at once when the scheduler starts."""
    for monitor in list_monitors(settings, journeys):
        yield {
            "monitor": monitor.kind,
            "name": monitor.name,
            "app": monitor.app,
            "cohort": monitor.cohort.name,
            "location": monitor.location,
            "every_s": monitor.every_s,
            "next_run_at": _planned(settings, monitor, now=now),
            "pages": ", ".join(who_is_paged(settings, monitor, now=now)) or None,
        }


def who_is_paged(settings: Settings, monitor: Monitor, *, now: datetime) -> tuple[str, ...]:
    """The targets of the incident that this monitor would open now; under maintenance nobody."""
    if monitor.maintenance_at(now) is not None:
        return ()
    incident = Incident(
        incident_id="",
        subject=Subject(kind=monitor.kind, name=monitor.name, app=monitor.app, environment=monitor.environment),
        title="",
        state=IncidentState.OPEN,
        severity=monitor.severity,
        since=now,
        opened_at=now,
    )
    return tuple(one.name for one in read_routing(settings).list_owed(incident) if one.level == "first")


def _planned(settings: Settings, monitor: Monitor, *, now: datetime) -> datetime:
    """What the running scheduler says, else the slot in which a started one would run it."""
    state = read_state(settings.paths.run / "scheduler.json")
    for said in state.monitors if state is not None else ():
        same = (said.monitor, said.name, said.app, said.cohort, said.location) == (
            monitor.kind, monitor.name, monitor.app, monitor.cohort.name, monitor.location
        )  # fmt: skip
        if same and said.next_run_at is not None and said.next_run_at >= now:
            return said.next_run_at
    return slots_of(monitor.key, monitor.every_s, monitor.cron).after(now)
