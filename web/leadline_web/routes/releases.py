"""Releases: the stage and actions of each, and the abort, which is the same as the command's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from leadline import clock
from leadline.errors import ConfigurationError
from leadline.guard.by_hand import Person, abort, kill_spec
from leadline.guard.flag_door import open_door
from leadline.guard.hooks.kinds import make_hook
from leadline.guard.release_state import describe_release, last_recorded
from leadline.guard.sides import users_side
from leadline.serving.problems import Problem
from leadline.settings.gate_hooks import act_order, side_of
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response
from leadline_web.routes.flags import open_desk

router = APIRouter(tags=["releases"])
Here = Annotated[Context, Depends(context_of)]


class AbortBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str = Field(default="aborted by hand", min_length=1, max_length=500, description="Shown to others.")
    wait: bool = Field(default=True, description="Look whether users get the old version before the next hook is run.")


@router.get("/v1/releases")
def releases(here: Here, app: str | None = None) -> Response:
    """One per gate: its stage, the newest verdict, its hooks with their last drill, and what was done."""
    check_app(here.settings, app)
    gates = [gate for gate in here.settings.gates if app in {None, gate.app}]
    records = here.records.open()
    flags, hooks = [flag.key for flag in here.settings.flags], here.settings.hook_specs()
    return json_response([describe_release(gate, records, flags=flags, hooks=hooks, now=clock.now()) for gate in gates])


@router.post("/v1/releases/{app}/abort")
def abort_release(here: Here, request: Request, app: str, body: AbortBody | None = None) -> Response:
    """Kills the exposing flag or ends the stages, then runs the gate's hooks in order until one works. The answer lists
    what was done."""
    check_app(here.settings, app)
    said, settings, records = body or AbortBody(), here.settings, here.records.open()
    exposure = settings.gate_of(app).exposure
    flag = exposure if any(one.key == exposure for one in settings.flags) else None
    kill = None if flag is None else kill_spec(flag, app)
    door = open_door(lambda: open_desk(here), wall=clock.now)
    try:
        done = abort(
            app,
            flag=flag,
            flag_side=None if kill is None else users_side(side_of(settings, kill, app), kill),
            hooks=[
                (make_hook(spec, flags=door), users_side(side_of(settings, spec, spec.app or app), spec))
                for spec in act_order(settings, app)
            ],
            desk=open_desk(here),
            person=Person.after(
                last_recorded(records, app), by=request.state.asker, reason=said.reason, waits=said.wait
            ),
            records=records,
            wall=clock.now,
        )
    except ConfigurationError as error:
        raise Problem(ProblemType.INVALID_FIELD, error.message, field="app", remedy=error.hint) from error
    return json_response(done)
