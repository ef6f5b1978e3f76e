"""`validate --plan`: what would run, when next, and who would be paged if it broke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from leadline.cli.validation.findings import JourneysFound
from leadline.incidents import Owed, Routing
from leadline.incidents.spans import write_span
from leadline.model import Incident, IncidentState, Subject
from leadline.settings import Settings
from leadline_scheduler.monitors import Monitor, list_monitors
from leadline_scheduler.slots import slots_of
from leadline_scheduler.startup import read_routing
from leadline_scheduler.state import read_state

COLUMNS = ("monitor", "name", "app", "cohort", "location", "every_s", "next_run_at", "pages", "then")


def list_plan(settings: Settings, journeys: JourneysFound, *, now: datetime) -> Iterator[dict[str, Any]]:
    """One row per journey or check, cohort and location. A monitor that never ran runs at once when the scheduler
    starts.
    """
    monitors = list_monitors(settings, journeys)
    routing = read_routing(settings, monitors=monitors)
    for monitor in monitors:
        owed = _owed(monitor, routing, now=now)
        yield {
            "monitor": monitor.kind,
            "name": monitor.name,
            "app": monitor.app,
            "cohort": monitor.cohort.name,
            "location": monitor.location,
            "every_s": monitor.every_s,
            "next_run_at": _planned(settings, monitor, now=now),
            "pages": ", ".join(one.name for one in owed if one.level == "first") or None,
            "then": "; ".join(_say_then(settings, monitor, owed, now=now)) or None,
        }


def _say_then(settings: Settings, monitor: Monitor, owed: Sequence[Owed], *, now: datetime) -> Iterator[str]:
    """What delays the page, and what follows while nobody acknowledges it."""
    quiet = settings.notify.quiet_hours.weekly().open_at(now) if settings.notify.quiet_hours is not None else None
    if owed and quiet is not None and monitor.severity == "warning":
        yield f"waits until {quiet.end:%Y-%m-%d %H:%M}Z (quiet hours)"
    for one in owed:
        if one.repeat_every is not None and one.level == "first":
            yield f"{one.name} again every {write_span(one.repeat_every)}"
    for one in owed:
        if one.level == "escalation":
            yield f"{one.name} after {write_span(one.after)}"


def _owed(monitor: Monitor, routing: Routing, *, now: datetime) -> Sequence[Owed]:
    """The pages for an incident that this monitor would open now; none under maintenance."""
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
    return routing.list_owed(incident)


def _planned(settings: Settings, monitor: Monitor, *, now: datetime) -> datetime:
    """The next run according to the running scheduler, else the slot in which a started one would run it."""
    state = read_state(settings.paths.run / "scheduler.json")
    for said in state.monitors if state is not None else ():
        same = (said.monitor, said.name, said.app, said.cohort, said.location) == (
            monitor.kind, monitor.name, monitor.app, monitor.cohort.name, monitor.location
        )  # fmt: skip
        if same and said.next_run_at is not None and said.next_run_at >= now:
            return said.next_run_at
    return slots_of(monitor.key, monitor.every_s, monitor.cron).after(now)
