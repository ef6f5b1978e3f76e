"""How ready each app is for tests in production, and how it delivers. 503 while the store service is down."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from leadline import clock
from leadline.guard.drills import oldest_good_drill
from leadline.model.readiness import AppEvidence, climb, ladder_rows
from leadline.serving.problems import Problem
from leadline.settings import parse_duration_s
from leadline.settings.readiness import configured_readiness, rollback_hooks
from leadline.storeclient import questions
from leadline.storeclient.delivery import DeliveryAsked
from leadline.storeclient.readiness import ReadinessAsked
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["readiness"])
# A drill is weekly and counts for 30 days: there are never more actions than this in between.
MOST_ACTIONS = 1000
Here = Annotated[Context, Depends(context_of)]


@router.get("/v1/doctor")
async def doctor(here: Here, app: str | None = None) -> Response:
    """Per app: its level, each requirement with evidence and next step, and routes that no journey visits."""
    check_app(here.settings, app)
    return json_response([await _examine(here, one.name) for one in here.settings.apps if app in {None, one.name}])


async def _examine(here: Context, app: str) -> dict[str, Any]:
    now, settings = clock.now(), here.settings.app_named(app)
    asked = ReadinessAsked(app=app, at=now, kpis=settings.kpis, saturation=settings.saturation)
    answered = await here.store.ask(questions.READINESS, asked)
    seen = msgspec.to_builtins(answered, builtin_types=(type(now),)) | answered.isolation.counts
    routes, isolation = seen.pop("routes"), seen.pop("isolation")
    acted = await run_in_threadpool(lambda: here.records.open().actions(limit=MOST_ACTIONS))
    drilled_at = oldest_good_drill(acted, rollback_hooks(here.settings, app))
    known = seen | configured_readiness(here.settings, app) | {"last_good_drill_at": drilled_at}
    ladder = climb(AppEvidence(app=app, **known), now=now)
    return {
        "app": app,
        "level": ladder.level,
        "requirements": ladder_rows(ladder),
        "routes": routes,
        "isolation": isolation,
    }


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
