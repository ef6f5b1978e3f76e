"""May this canary go on? The verdict as of now or of a moment, and those that were recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from leadline import clock
from leadline.errors import QueryRefused
from leadline.model.moments import parse_moment
from leadline.model.verdicts import EXIT_CODES, Verdict
from leadline.serving.problems import Problem
from leadline.settings import gate_rules
from leadline.storeclient import questions
from leadline.storeclient.questions import VerdictAsked
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response

router = APIRouter(tags=["verdicts"])
Here = Annotated[Context, Depends(context_of)]
Arm = Annotated[str | None, Query(description="A version, or cohort:NAME; without it, as [[gate]] says.")]


@router.get("/v1/verdict")
async def verdict(
    here: Here,
    app: Annotated[str | None, Query(description="Needed where there are several.")] = None,
    baseline: Arm = None,
    canary: Arm = None,
    since: Annotated[str | None, Query(description="A single look from then on: an instant, or 90m.")] = None,
    until: Annotated[str | None, Query(description="As of then: an instant, or how long ago.")] = None,
) -> Response:
    """The verdict on a canary, with its sentence, its reasons and what was found per metric."""
    name = _app_named(here, app)
    gate = here.settings.gate_of(name)
    asked = VerdictAsked(
        app=name,
        rules=gate_rules(gate, here.settings.app_named(name).kpis),
        canary=canary or gate.canary,
        baseline=baseline or gate.baseline,
        since=_moment("since", since),
        until=_moment("until", until),
    )
    try:
        answer = await here.store.ask(questions.VERDICT, asked)
    except QueryRefused as error:
        raise Problem(ProblemType.INVALID_FIELD, error.message, field="canary", remedy=error.hint) from error
    return json_response(verdict_document(answer.verdicts[-1]))


@router.get("/v1/verdicts")
def verdicts(here: Here, app: str | None = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 100) -> Response:
    """Verdicts that were recorded because they differed from the one before them, the newest first."""
    check_app(here.settings, app)
    found = here.records.open().verdicts(app=app, limit=limit)
    return json_response([{"verdict_id": one.verdict_id} | verdict_document(one.verdict) for one in found])


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """`service_version` is the canary. Argo's web metric reads `verdict`, a script `exit_code`."""
    said: dict[str, Any] = msgspec.to_builtins(verdict, builtin_types=(datetime,))
    return {
        "app": said.pop("app"),
        "service_version": said.pop("canary"),
        "baseline_version": said.pop("baseline"),
        "exit_code": EXIT_CODES[verdict.verdict],
        "since_at": said.pop("since"),
        **said,
    }


def _app_named(here: Context, app: str | None) -> str:
    check_app(here.settings, app)
    names = [one.name for one in here.settings.apps]
    if app is None and len(names) != 1:
        raise Problem(ProblemType.INVALID_FIELD, f"which app? There is {', '.join(names) or 'none'}", field="app")
    return app or names[0]


def _moment(field: str, said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return parse_moment(said, now=clock.now())
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field=field) from error
