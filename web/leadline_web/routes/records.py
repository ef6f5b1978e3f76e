"""Data from the records, which works without the store: incidents, notifications, runs, last results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from leadline.model import IncidentState
from leadline.records.rows import deployment_row, incident_row, notification_row, run_document
from leadline.serving.problems import Problem
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response, parse_since
from leadline_web.dashboard.history import draw_history

router = APIRouter(tags=["records"])
Here = Annotated[Context, Depends(context_of)]
# More rows than any screen takes; `GET /v1/notifications` has them all.
MOST_TOLD = 1000
# More marks than can be told apart on an axis.
MOST_MARKS = 500
Limit = Annotated[int, Query(ge=1, le=10_000)]


@router.get("/v1/incidents")
def incidents(here: Here, state: IncidentState | None = None, app: str | None = None, limit: Limit = 100) -> Response:
    """Incidents, newest first."""
    check_app(here.settings, app)
    found = here.records.open().incidents(states=None if state is None else [state], limit=limit)
    return json_response([incident_row(one) for one in found if app in {None, one.subject.app}])


@router.get("/v1/incidents/{incident_id}")
def incident(here: Here, incident_id: str) -> Response:
    """One incident."""
    found = here.records.open().incident(incident_id)
    if found is None:
        raise Problem(ProblemType.UNKNOWN_INCIDENT, f"no incident with ID {incident_id!r}", field="incident_id")
    return json_response(incident_row(found))


@router.get("/v1/incidents/{incident_id}/history")
def history(here: Here, incident_id: str) -> Response:
    """The course of one incident: its transitions and notes, who was paged, its findings, and the seconds to detect,
    acknowledge and resolve it."""
    records = here.records.open()
    found = records.incident(incident_id)
    if found is None:
        raise Problem(ProblemType.UNKNOWN_INCIDENT, f"no incident with ID {incident_id!r}", field="incident_id")
    told = records.notifications(incident_id=incident_id, limit=MOST_TOLD)
    return json_response(draw_history(found, records.transitions(incident_id), told, records.notes(incident_id)))


@router.get("/v1/notifications")
def notifications(here: Here, incident_id: str | None = None, limit: Limit = 1000) -> Response:
    """The delivery ledger: one row per incident, transition and target."""
    found = here.records.open().notifications(incident_id=incident_id, limit=limit)
    return json_response([notification_row(one) for one in found])


@router.get("/v1/deployments")
def deployments(here: Here) -> Response:
    """Deployments that were marked."""
    return json_response([deployment_row(one) for one in here.records.open().deployments()])


@router.get("/v1/marks")
def marks(here: Here, app: str | None = None, since: str = "7d") -> Response:
    """What changed in production and when, oldest first: deployments and changes of flags, to draw on a time axis."""
    check_app(here.settings, app)
    began, records = parse_since(since), here.records.open()
    found: list[dict[str, Any]] = [
        {"app": one.app, "at": one.deployed_at, "kind": "deployment", "name": one.service_version, "by": one.marked_by}
        for one in records.deployments(app=app, limit=MOST_MARKS)
    ]
    found += [
        {"app": one.app, "at": one.changed_at, "kind": "flag", "name": f"{one.flag} {one.action}", "by": one.changed_by}
        for one in records.flag_changes(limit=MOST_MARKS)
        if app in {None, one.app}
    ]
    return json_response(sorted((one for one in found if one["at"] >= began), key=lambda one: one["at"]))


@router.get("/v1/journeys")
def journeys(here: Here, app: str | None = None) -> Response:
    """The last result of every journey and check, per cohort and location."""
    check_app(here.settings, app)
    found = here.records.open().last_results()
    rows = [
        {
            "app": one.app,
            "monitor": one.monitor,
            "name": one.name,
            "cohort": one.cohort,
            "location": one.location,
            "status": one.status,
            "run_id": one.run_id,
            "started_at": one.started_at,
            "finished_at": one.finished_at,
        }
        for one in found
        if app in {None, one.app}
    ]
    return json_response(sorted(rows, key=lambda row: [str(row[k]) for k in ("app", "monitor", "name", "cohort")]))


@router.get("/v1/runs/{run_id}")
def run(here: Here, run_id: str) -> Response:
    """One run with its steps, KPIs and the addresses of its evidence."""
    found = here.records.open().run(run_id)
    if found is None:
        raise Problem(ProblemType.UNKNOWN_RUN, f"no run with ID {run_id!r}", field="run_id")
    return json_response(run_document(found))
