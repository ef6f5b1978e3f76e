"""What an operator does: acknowledge, silence, mark a deployment. Each lands in the records, never in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from leadline import clock
from leadline.model import COMMIT_AHEAD, Deployment
from leadline.records.rows import deployment_row, incident_row
from leadline.serving.problems import Problem
from leadline.settings.run_requests import RunRequest, ask_for_runs
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response
from leadline_web.dashboard.monitors import read_clockwork

router = APIRouter(tags=["operations"])
Here = Annotated[Context, Depends(context_of)]
Text = Annotated[str, Field(min_length=1, max_length=128)]


class DeploymentBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    app: Text
    service_version: Text
    environment: Text | None = None
    cohort: Text | None = None
    commit: Text | None = None
    committed_at: AwareDatetime | None = None


@router.post("/v1/deployments", status_code=201)
def mark_deployment(here: Here, request: Request, body: DeploymentBody) -> Response:
    """Records a deployment and registers its version."""
    check_app(here.settings, body.app)
    now = clock.now()
    if body.committed_at is not None and body.committed_at > now + COMMIT_AHEAD:
        raise Problem(
            ProblemType.INVALID_FIELD, f"committed_at {body.committed_at} is in the future", field="committed_at"
        )
    deployment = Deployment(
        deployment_id=clock.new_id(),
        app=body.app,
        environment=body.environment or here.settings.app_named(body.app).environment,
        service_version=body.service_version,
        cohort=body.cohort,
        commit=body.commit,
        deployed_at=now,
        marked_by=request.state.asker,
        committed_at=body.committed_at,
    )
    here.records.open().mark_deployment(deployment)
    reason = f"{deployment.app} {deployment.service_version} was deployed"
    ask_for_runs(here.settings.paths.run, RunRequest(app=deployment.app, asked_at=now, reason=reason))
    return json_response(deployment_row(deployment), status=201)


class RunBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    app: Text | None = None
    monitor: Literal["journey", "check"] | None = None
    name: Text | None = None
    cohort: Text | None = None


@router.post("/v1/runs", status_code=202)
def run_now(here: Here, request: Request, body: RunBody) -> Response:
    """Asks the scheduler to run monitors now, besides their slots: those of `name`, or all of `app`. Answers before
    they ran; they are judged like any other run."""
    if body.name is None and body.app is None:
        raise Problem(ProblemType.INVALID_FIELD, "name a journey or check, or an app", field="name")
    if body.app is not None:
        check_app(here.settings, body.app)
    clockwork = read_clockwork(here.settings.paths.run / "scheduler.json")
    fitting = _fitting(clockwork.monitors, body) if clockwork.state == "running" else None
    asked = RunRequest(**body.model_dump(), asked_at=clock.now(), reason=f"asked for by {request.state.asker}")
    ask_for_runs(here.settings.paths.run, asked)
    return json_response({**body.model_dump(), "runs": fitting, "scheduler": clockwork.state}, status=202)


def _fitting(monitors: Sequence[Mapping[str, Any]], body: RunBody) -> int:
    """How many monitors the wish means. Problem where it means none, of the field that rules them all out."""
    fitting = list(monitors)
    for field in ("app", "monitor", "name", "cohort"):
        wanted = getattr(body, field)
        known = fitting
        fitting = [one for one in known if wanted in (None, one.get(field))]
        if not fitting:
            there = ", ".join(sorted({str(one.get(field)) for one in known if one.get(field)})) or "nothing"
            said = f"no {field} {wanted!r} is scheduled" if wanted else "nothing is scheduled"
            raise Problem(ProblemType.UNKNOWN_MONITOR, f"{said}; known: {there}", field=field)
    return len(fitting)


@router.post("/v1/incidents/{incident_id}/ack")
def acknowledge(here: Here, request: Request, incident_id: str) -> Response:
    """Acknowledges an incident; one that is acknowledged or resolved already stays as it is."""
    found = here.records.open().acknowledge(incident_id, by=request.state.asker, now=clock.now())
    if found is None:
        raise Problem(ProblemType.UNKNOWN_INCIDENT, f"no incident with ID {incident_id!r}", field="incident_id")
    return json_response(incident_row(found))
