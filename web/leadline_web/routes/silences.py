"""Silences mute pages about matching incidents, never the incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from leadline import clock
from leadline.incidents.silenced_names import refuse_silence
from leadline.records import Silence
from leadline.serving.problems import Problem
from leadline.settings import parse_duration_s
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["operations"])
Here = Annotated[Context, Depends(context_of)]
# A forgotten silence is a disabled monitor: a month is the longest, longer ones must be renewed.
LONGEST = timedelta(days=31)


class SilenceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    duration: str = Field(description="From now on, such as 2h.")
    reason: str = Field(min_length=1, max_length=500)
    app: str | None = None
    monitor: Literal["journey", "check"] | None = None
    name: str | None = Field(default=None, description="Of the journey or check.")


@router.get("/v1/silences")
def silences(here: Here) -> Response:
    """Those in force."""
    return json_response(here.records.open().silences(clock.now()))


@router.post("/v1/silences", status_code=201)
def add_silence(here: Here, request: Request, body: SilenceBody) -> Response:
    """Mutes pages about matching incidents, from now on. An omitted field matches anything."""
    check_app(here.settings, body.app)
    known = {("check", one.app, one.name) for one in here.settings.checks} | here.records.open().monitor_names()
    if (wrong := refuse_silence(known, app=body.app, monitor=body.monitor, name=body.name)) is not None:
        raise Problem(ProblemType.INVALID_FIELD, wrong, field="name")
    now = clock.now()
    silence = Silence(
        silence_id=clock.new_id(),
        starts_at=now,
        ends_at=now + _duration(body.duration),
        reason=body.reason,
        created_by=request.state.asker,
        created_at=now,
        app=body.app,
        monitor=body.monitor,
        name=body.name,
    )
    here.records.open().add_silence(silence)
    return json_response(silence, status=201)


@router.post("/v1/silences/{silence_id}/end")
def end_silence(here: Here, silence_id: str) -> Response:
    """Ends a silence now."""
    if not here.records.open().end_silence(silence_id, now=clock.now()):
        raise Problem(ProblemType.UNKNOWN_SILENCE, f"no active silence with ID {silence_id!r}", field="silence_id")
    return json_response({"silence_id": silence_id, "ended": True})


def _duration(text: str) -> timedelta:
    try:
        duration = timedelta(seconds=parse_duration_s(text))
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="duration") from error
    if duration > LONGEST:
        raise Problem(ProblemType.INVALID_FIELD, "a silence lasts at most 31d", field="duration")
    return duration
