"""Feature flags: which users get what, and the kill. Each change is committed to the records, then published into the
home.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from leadline import clock
from leadline.errors import ConfigurationError
from leadline.guard.flag_desk import FlagDesk
from leadline.serving.problems import Problem
from leadline.settings import configured_flags, configured_rings
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["flags"])
Here = Annotated[Context, Depends(context_of)]


class ReasonBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str = Field(default="", max_length=500, description="Shown to others.")


class SetBody(ReasonBody):
    variant: str | None = Field(default=None, description="Variant for the users it reaches.")
    share: float | None = Field(default=None, ge=0, le=1, description="Only this share of users.")
    rings: list[str] = Field(default_factory=list, description="Only these rings.")


@router.get("/v1/flags")
def flags(here: Here, app: str | None = None) -> Response:
    """Every flag: which users get what now, and who changed it."""
    check_app(here.settings, app)
    return json_response([row for row in open_desk(here).rows() if app in {None, row["app"]}])


@router.get("/v1/flags/{key}/changes")
def flag_changes(here: Here, key: str, limit: int = 100) -> Response:
    """Who changed the flag, when and why; the newest first."""
    desk = open_desk(here)
    _known(desk, key)
    return json_response(here.records.open().flag_changes(flag=key, limit=max(1, min(limit, 10_000))))


@router.post("/v1/flags/{key}/kill")
def kill_flag(here: Here, request: Request, key: str, body: ReasonBody | None = None) -> Response:
    """Everybody gets the kill variant, at once. Killing a killed flag changes nothing."""
    desk = open_desk(here)
    _known(desk, key)
    said = body or ReasonBody()
    return json_response(desk.kill(key, by=request.state.asker, reason=said.reason, at=clock.now()))


@router.post("/v1/flags/{key}/restore")
def restore_flag(here: Here, request: Request, key: str, body: ReasonBody | None = None) -> Response:
    """Undoes a set or a kill: the configured rules apply again."""
    desk = open_desk(here)
    _known(desk, key)
    said = body or ReasonBody()
    return json_response(desk.restore(key, by=request.state.asker, reason=said.reason, at=clock.now()))


@router.post("/v1/flags/{key}/set")
def set_flag(here: Here, request: Request, key: str, body: SetBody) -> Response:
    """Gives a variant to everybody, to a share of users, or to rings."""
    desk = open_desk(here)
    _known(desk, key)
    try:
        row = desk.set(
            key,
            variant=body.variant,
            share=body.share,
            rings=body.rings,
            by=request.state.asker,
            reason=body.reason,
            at=clock.now(),
        )
    except ConfigurationError as error:
        raise Problem(ProblemType.INVALID_FIELD, error.message, field="variant", remedy=error.hint) from error
    return json_response(row)


def open_desk(here: Context) -> FlagDesk:
    """With the settings in force and the records."""
    settings = here.settings
    return FlagDesk(
        here.records.open(),
        home=settings.paths.home,
        flags=configured_flags(settings),
        rings=configured_rings(settings),
        environments={app.name: app.environment for app in settings.apps},
    )


def _known(desk: FlagDesk, key: str) -> None:
    try:
        desk.find(key)
    except ConfigurationError as error:
        raise Problem(ProblemType.UNKNOWN_FLAG, error.message, field="key", remedy=error.hint) from error
