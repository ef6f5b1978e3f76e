"""May this canary go on? The verdict now or at a given time, and recorded verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from leadline import clock
from leadline.errors import QueryRefused
from leadline.guard.drills import MOST_ACTIONS, drill_problems
from leadline.guard.promotion import budgets_of, hold_promotion
from leadline.guard.releases import Release, release_of
from leadline.model.drilldown import DIMENSIONS, Dimension, dimension_named
from leadline.model.evidence_course import EvidenceCourse
from leadline.model.gates import GateRules, StageSpan
from leadline.model.moments import parse_moment
from leadline.model.verdicts import EXIT_CODES, Verdict
from leadline.serving.problems import Problem
from leadline.settings import exposing_flag, gate_rules
from leadline.storeclient import questions
from leadline.storeclient.questions import VerdictAsked
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, check_app, context_of, json_response
from leadline_web.routes.objectives import ask_objectives

router = APIRouter(tags=["verdicts"])
Here = Annotated[Context, Depends(context_of)]
MOST_CHANGES = 1000
# Evidence begins with the canary's first session after its mark.
MARKED_BEFORE = timedelta(minutes=15)
Arm = Annotated[str | None, Query(description="A version, or cohort:NAME; without it, as [[gate]] says.")]


@router.get("/v1/verdict")
async def verdict(
    here: Here,
    app: Annotated[str | None, Query(description="Needed where there are several.")] = None,
    baseline: Arm = None,
    canary: Arm = None,
    since: Annotated[str | None, Query(description="A single look from then on: an instant, or 90m.")] = None,
    until: Annotated[str | None, Query(description="As of then: an instant, or how long ago.")] = None,
    by: Annotated[str | None, Query(description="Each metric by route, device_type, browser_name or country.")] = None,
    metric: Annotated[str | None, Query(description="With `by`: only this metric of the gate.")] = None,
    evidence: Annotated[bool, Query(description="The evidence of each metric over time as well.")] = False,
) -> Response:
    """The verdict on a canary, with its sentence, its reasons and the findings per metric."""
    name = _app_named(here, app)
    gate, end = here.settings.gate_of(name), _moment("until", until)
    # With other arms or times than the gate's, the question is not about its release.
    release = _release(here, name) if baseline is None and canary is None and since is None else None
    if release is not None and end is not None and end <= release.started_at:
        release = None
    rules = gate_rules(gate, here.settings.app_named(name).kpis)
    asked = VerdictAsked(
        app=name,
        rules=rules,
        kept_s=here.settings.retention.raw,
        canary=canary or gate.canary or (release.canary if release is not None else None),
        baseline=baseline or gate.baseline or (release.baseline if release is not None else None),
        since=_moment("since", since),
        until=end,
        released_at=release.started_at if release is not None else None,
        stages=release.stages if release is not None else (),
        by=_dimension(by),
        metrics=_metrics(rules, metric),
        with_course=evidence,
    )
    try:
        answer = await here.store.ask(questions.VERDICT, asked)
    except QueryRefused as error:
        raise Problem(ProblemType.INVALID_FIELD, error.message, field="canary", remedy=error.hint) from error
    found = answer.verdicts[-1]
    if end is None and found.verdict == "promote":
        drills = drill_problems(here.records.open().actions(limit=MOST_ACTIONS), gate.on_rollback, now=clock.now())
        found = hold_promotion(found, drills=drills, budgets=budgets_of(await ask_objectives(here, name)))
    drilled = {} if by is None else {"drilled": msgspec.to_builtins(answer.drilled)}
    course = {} if answer.course is None else {"evidence": _course(here, answer.course, found, asked.stages)}
    return json_response(verdict_document(found) | drilled | course)


def _course(here: Context, course: EvidenceCourse, verdict: Verdict, stages: tuple[StageSpan, ...]) -> dict[str, Any]:
    """The evidence over time, with the stages and the deployments that fall into it."""
    marks = here.records.open().deployments(app=verdict.app, limit=MOST_CHANGES)
    return {
        **msgspec.to_builtins(course, builtin_types=(datetime,)),
        "stages": [
            {"name": stage.name, "share": stage.share, "starts_at": datetime.fromtimestamp(stage.start * 60, UTC)}
            for stage in stages
        ],
        "deployments": [
            {"service_version": one.service_version, "cohort": one.cohort, "deployed_at": one.deployed_at}
            for one in marks
            if verdict.since - MARKED_BEFORE <= one.deployed_at <= verdict.decided_at
        ],
    }


@router.get("/v1/verdicts")
def verdicts(here: Here, app: str | None = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 100) -> Response:
    """Recorded verdicts, which differed from the previous one, newest first."""
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


def _release(here: Context, app: str) -> Release | None:
    return release_of(here.records.open(), here.settings.gate_of(app), exposing_flag(here.settings, app))


def _app_named(here: Context, app: str | None) -> str:
    check_app(here.settings, app)
    names = [one.name for one in here.settings.apps]
    if app is None and len(names) != 1:
        raise Problem(ProblemType.INVALID_FIELD, f"which app? There is {', '.join(names) or 'none'}", field="app")
    return app or names[0]


def _dimension(said: str | None) -> Dimension | None:
    found = None if said is None else dimension_named(said)
    if said is not None and found is None:
        raise Problem(
            ProblemType.INVALID_FIELD, f"unknown segment {said!r}: one of {', '.join(DIMENSIONS)}", field="by"
        )
    return found


def _metrics(rules: GateRules, said: str | None) -> list[str] | None:
    if said is None:
        return None
    if not (names := rules.metrics_named(said)):
        known = ", ".join(rule.name for rule in rules.metrics)
        raise Problem(ProblemType.INVALID_FIELD, f"the gate has no metric {said!r}: it has {known}", field="metric")
    return names


def _moment(field: str, said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return parse_moment(said, now=clock.now())
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field=field) from error
