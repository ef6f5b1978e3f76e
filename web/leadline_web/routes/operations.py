"""Actions of an operator: acknowledge, silence, mark a deployment. Each is written to the records, never to the
store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from leadline import clock
from leadline.model import COMMIT_AHEAD, Deployment, Notification, NotificationState
from leadline.records import LONGEST_NOTE, Note
from leadline.records.rows import deployment_row, incident_row
from leadline.serving.problems import Problem
from leadline.settings.run_requests import RunRequest, ask_for_runs
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response
from leadline_web.dashboard.monitors import read_clockwork

router = APIRouter(tags=["operations"])
Here = Annotated[Context, Depends(context_of)]
# The newest rows of the ledger: older ones say nothing about a target today.
MOST_ROWS = 2000
Text = Annotated[str, Field(min_length=1, max_length=128, pattern=r"\S")]


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


class TrialBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    target: Text | None = None


@router.get("/v1/targets")
def targets(here: Here) -> Response:
    """The targets, in the file's order, with the result of the last page to each."""
    newest: dict[str, Notification] = {}
    waiting: Counter[str] = Counter()
    for row in here.records.open().notifications(limit=MOST_ROWS):
        if row.kind != "target":
            continue
        if row.first_attempt_at is not None:
            newest.setdefault(row.target, row)
        waiting[row.target] += row.state in (NotificationState.PENDING, NotificationState.FAILING)
    fallback, operator = here.settings.notify.fallback, here.settings.notify.operator
    return json_response(
        [
            {
                "target": name,
                "service": url.partition("://")[0],
                "is_fallback": name == fallback,
                "is_operator": name == operator,
                "waiting": waiting[name],
                **_last_page(newest.get(name)),
            }
            for name, url in here.settings.notify.targets.items()
        ]
    )


def _last_page(row: Notification | None) -> dict[str, Any]:
    return {
        "last_state": None if row is None else row.state,
        "last_at": None if row is None else row.accepted_at or row.first_attempt_at,
        "last_transition": None if row is None else row.transition,
        "last_error": None if row is None else row.last_error,
    }


@router.post("/v1/test-pages", status_code=202)
def send_trial(here: Here, request: Request, body: TrialBody) -> Response:
    """Queues a test page for one target, or for each; the scheduler sends it, and the ledger has the result."""
    known = list(here.settings.notify.targets)
    if body.target is not None and body.target not in known:
        said = f"no target is named {body.target!r}; [notify] targets: {', '.join(known) or 'none'}"
        raise Problem(ProblemType.INVALID_FIELD, said, field="target")
    if not known:
        raise Problem(ProblemType.INVALID_FIELD, "[notify] names no target", field="target")
    wanted = known if body.target is None else [body.target]
    incident_id = here.records.open().queue_trial(wanted, by=request.state.asker, now=clock.now())
    return json_response({"incident_id": incident_id, "targets": wanted}, status=202)


class RunBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    app: Text | None = None
    monitor: Literal["journey", "check"] | None = None
    name: Text | None = None
    cohort: Text | None = None


@router.post("/v1/runs", status_code=202)
def run_now(here: Here, request: Request, body: RunBody) -> Response:
    """Asks the scheduler to run monitors now, in addition to their slots: those of `name`, or all of `app`. Answers
    before they ran; they are judged like any other run."""
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
    """How many monitors the request matches. Without a match raises Problem with the field that excludes them all."""
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


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"\S")]


@router.post("/v1/incidents/{incident_id}/notes", status_code=201)
def add_note(here: Here, request: Request, incident_id: str, body: NoteBody) -> Response:
    """Adds a note to an incident, for those who read its history; pages nobody. One that is over takes notes too."""
    asker, text = request.state.asker, body.text.strip()
    note = Note(note_id=clock.new_id(), incident_id=incident_id, at=clock.now(), by=asker, text=text)
    if not here.records.open().add_note(note):
        raise Problem(ProblemType.UNKNOWN_INCIDENT, f"no incident with ID {incident_id!r}", field="incident_id")
    return json_response(note, status=201)


@router.post("/v1/incidents/{incident_id}/ack")
def acknowledge(here: Here, request: Request, incident_id: str) -> Response:
    """Acknowledges an incident; one that is already acknowledged or resolved stays unchanged."""
    found = here.records.open().acknowledge(incident_id, by=request.state.asker, now=clock.now())
    if found is None:
        raise Problem(ProblemType.UNKNOWN_INCIDENT, f"no incident with ID {incident_id!r}", field="incident_id")
    return json_response(incident_row(found))
