"""Figures from the store: vitals, versions, errors, KPIs, sessions, requests. 503 while the store is down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from leadline.storeclient import Scope, questions
from leadline.storeclient.questions import FunnelAsked
from leadline_web.context import Context, context_of, json_response, scope_of
from leadline_web.cuts import cut_scope_of, funnel_of, series_scope_of, vitals_scope_of

router = APIRouter(tags=["figures"])
Asked = Annotated[Scope, Depends(scope_of)]
Cut = Annotated[Scope, Depends(cut_scope_of)]
Here = Annotated[Context, Depends(context_of)]


@router.get("/v1/vitals")
async def vitals(here: Here, scope: Annotated[Scope, Depends(vitals_scope_of)]) -> Response:
    """Per app and version: p50, p75, p95 of each vital with 95 % intervals, page views, sessions, errors, KPIs."""
    return json_response(await here.store.ask(questions.VITALS, scope))


@router.get("/v1/versions")
async def versions(here: Here, scope: Asked) -> Response:
    """Versions that users saw or that a deployment or probe registered."""
    return json_response(await here.store.ask(questions.VERSIONS, scope))


@router.get("/v1/errors")
async def errors(here: Here, scope: Asked) -> Response:
    """Errors by fingerprint and version, most page views first."""
    return json_response(await here.store.ask(questions.ERRORS, scope))


@router.get("/v1/kpis")
async def kpis(here: Here, scope: Cut) -> Response:
    """The share of sessions with each business event, per version."""
    return json_response(await here.store.ask(questions.KPIS, scope))


@router.get("/v1/sessions")
async def sessions(here: Here, scope: Cut) -> Response:
    """How many sessions each version had, how many crossed to another, and how many views they made."""
    return json_response(await here.store.ask(questions.SESSIONS, scope))


@router.get("/v1/requests")
async def requests(here: Here, scope: Cut) -> Response:
    """How long the requests of pages took and how many failed, by method and route, per version."""
    return json_response(await here.store.ask(questions.REQUESTS, scope))


@router.get("/v1/funnel")
async def funnel(here: Here, asked: Annotated[FunnelAsked, Depends(funnel_of)]) -> Response:
    """How many sessions of each version reached each of some events."""
    return json_response(await here.store.ask(questions.FUNNEL, asked))


@router.get("/v1/steps")
async def steps(here: Here, scope: Annotated[Scope, Depends(series_scope_of)]) -> Response:
    """How long each step of each journey took, per version that served it."""
    return json_response(await here.store.ask(questions.STEPS, scope))


@router.get("/v1/journeys/versions")
async def journey_versions(here: Here, scope: Asked) -> Response:
    """Runs of journeys and checks by name, cohort, location and the version that served them."""
    return json_response(await here.store.ask(questions.JOURNEYS, scope))
