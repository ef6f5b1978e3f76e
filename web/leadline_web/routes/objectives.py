"""Error budgets and the alerts of objectives. 503 while the store service is down."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from leadline import clock
from leadline.settings.objectives import read_objectives
from leadline.storeclient import questions
from leadline.storeclient.objectives import (
    ObjectiveAnswer,
    ObjectiveAsked,
    ObjectivesAsked,
    alert_rows,
    budget_row,
)
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["objectives"])
Here = Annotated[Context, Depends(context_of)]


@router.get("/v1/budget")
async def budget(here: Here, app: str | None = None) -> Response:
    """Per objective: what is left, how fast it burns, when it is spent, which versions spent it, and its course."""
    rows = [
        budget_row(answer)
        | {"spent_by": msgspec.to_builtins(answer.spent_by), "points": msgspec.to_builtins(answer.points)}
        for answer in await ask_objectives(here, app)
    ]
    return json_response(rows)


@router.get("/v1/slo")
async def slo(here: Here, app: str | None = None) -> Response:
    """Per objective and alert: its two windows, its factor, both burn rates, and whether it fires."""
    return json_response([row for answer in await ask_objectives(here, app) for row in alert_rows(answer)])


async def ask_objectives(here: Context, app: str | None) -> list[ObjectiveAnswer]:
    """The budgets of one app, or of all; without objectives the store is not asked."""
    check_app(here.settings, app)
    slos = [one for one in here.settings.slos if app in {None, one.app}]
    if not slos:
        return []
    now = clock.now()
    objectives = [ObjectiveAsked(**fields) for fields in read_objectives(slos, now)]
    return await here.store.ask(questions.OBJECTIVES, ObjectivesAsked(objectives=objectives, at=now))
