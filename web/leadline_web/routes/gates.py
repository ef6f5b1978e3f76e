"""Actions on production, and Flagger's webhooks: Flagger asks, and 2xx means yes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from leadline import clock
from leadline.guard.drills import MOST_ACTIONS, drill_problem
from leadline.model.actions import ActionState
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["gates"])
Here = Annotated[Context, Depends(context_of)]


class FlaggerBody(BaseModel):
    """The body from Flagger (docs.flagger.app, Webhooks); it is not used."""

    model_config = ConfigDict(extra="allow")


@router.get("/v1/actions")
def actions(
    here: Here,
    incident_id: str | None = None,
    hook: str | None = None,
    state: ActionState | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> Response:
    """What hooks did, would have done, or failed to do; the newest first."""
    states = None if state is None else [state]
    return json_response(here.records.open().actions(incident_id=incident_id, hook=hook, states=states, limit=limit))


@router.get("/v1/hooks")
def hooks(here: Here) -> Response:
    """Every hook, which gates run it by themselves, and what prevents a promotion."""
    acted = here.records.open().actions(limit=MOST_ACTIONS)
    now = clock.now()
    rows = [
        {
            "name": name,
            "kind": spec.kind,
            "app": spec.app,
            "armed": any(gate.armed and name in gate.on_rollback for gate in here.settings.gates),
            "drill_problem": drill_problem(acted, name, now=now),
        }
        for name, spec in here.settings.hook_specs().items()
    ]
    return json_response(rows)


@router.post("/v1/gate/flagger/rollback")
def flagger_rollback(here: Here, app: str, _body: FlaggerBody | None = None) -> Response:
    """200: roll back, because a hook of kind flagger was run for the newest rollback. 403: go on."""
    check_app(here.settings, app)
    names = [name for name, spec in here.settings.hook_specs().items() if spec.kind == "flagger" and spec.app == app]
    newest = here.records.open().verdicts(app=app, limit=1)
    if newest and newest[0].verdict.verdict == "rollback":
        for action in here.records.open().actions(states=["executing", "executed", "verified"], limit=1000):
            if action.hook in names and action.cause != "drill" and action.canary == newest[0].verdict.canary:
                return json_response({"rollback": True, "reason": action.reason})
    return json_response({"rollback": False}, status=403)


@router.post("/v1/gate/flagger/confirm-promotion")
def flagger_confirm_promotion(here: Here, app: str, _body: FlaggerBody | None = None) -> Response:
    """200: the newest verdict is promote and every hook was rehearsed recently. 403 means hold, and says why."""
    check_app(here.settings, app)
    records = here.records.open()
    newest = records.verdicts(app=app, limit=1)
    if not newest:
        return json_response({"promote": False, "reason": "no verdict yet"}, status=403)
    verdict = newest[0].verdict
    if verdict.verdict != "promote":
        return json_response({"promote": False, "reason": verdict.sentence}, status=403)
    acted, now = records.actions(limit=MOST_ACTIONS), clock.now()
    for name in here.settings.gate_of(app).on_rollback:
        if (problem := drill_problem(acted, name, now=now)) is not None:
            return json_response({"promote": False, "reason": problem}, status=403)
    low = next((one.text for one in verdict.reasons if one.code in ("budget_low", "budget_frozen")), None)
    if low is not None:
        return json_response({"promote": False, "reason": low}, status=403)
    return json_response({"promote": True, "reason": verdict.sentence})
