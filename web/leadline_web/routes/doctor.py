"""How ready each app is for tests in production, and how it delivers. 503 while the store service is down."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from leadline import clock
from leadline.model.readiness import AppEvidence, climb, ladder_rows
from leadline.serving.problems import Problem
from leadline.settings import parse_duration_s
from leadline.settings.readiness import configured_readiness
from leadline.storeclient import questions
from leadline.storeclient.delivery import DeliveryAsked
from leadline.storeclient.readiness import ReadinessAsked
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["readiness"])
Here = Annotated[Context, Depends(context_of)]


@router.get("/v1/doctor")
async def doctor(here: Here, app: str | None = None) -> Response:
    """Per app: the rung it stands on, each requirement with evidence and next step, and what nobody watches."""
    check_app(here.settings, app)
    return json_response([await _examine(here, one.name) for one in here.settings.apps if app in {None, one.name}])


async def _examine(here: Context, app: str) -> dict[str, Any]:
    now, settings = clock.now(), here.settings.app_named(app)
    asked = ReadinessAsked(app=app, at=now, kpis=settings.kpis, saturation=settings.saturation)
    seen = msgspec.to_builtins(await here.store.ask(questions.READINESS, asked), builtin_types=(type(now),))
    routes = seen.pop("routes")
    ladder = climb(AppEvidence(app=app, **seen, **configured_readiness(here.settings, app)), now=now)
    return {"app": app, "level": ladder.level, "requirements": ladder_rows(ladder), "routes": routes}


@router.get("/v1/dora")
async def dora(here: Here, app: str, since: str = "30d") -> Response:
    """Deployment frequency, lead time, change failure share and recovery time of one app, and how each is counted."""
    check_app(here.settings, app)
    now = clock.now()
    try:
        span = timedelta(seconds=parse_duration_s(since))
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="since") from error
    return json_response(await here.store.ask(questions.DELIVERY, DeliveryAsked(app=app, since=now - span, until=now)))
