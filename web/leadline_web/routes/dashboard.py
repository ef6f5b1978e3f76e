"""The endpoints of the dashboard's views: one answer each, from the records if possible, else from the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from leadline import clock
from leadline.errors import LeadlineError
from leadline.model import IncidentState, RunStatus
from leadline.model.web_origins import without_credentials
from leadline.records.page_facts import read_page_facts
from leadline.storeclient import Row, Scope, questions
from leadline_web.context import Context, check_app, context_of, json_response, parse_since, parse_versions
from leadline_web.dashboard.comparison import choose_versions, compare
from leadline_web.dashboard.incidents import draw_incident
from leadline_web.dashboard.monitors import (
    draw_lines,
    draw_run,
    has_refused_records,
    list_lines,
    matching,
    read_clockwork,
)

router = APIRouter(tags=["dashboard"])
Here = Annotated[Context, Depends(context_of)]
UNRESOLVED = [IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.UNKNOWN]
SHOWN_INCIDENTS = 10
# A scheduler ticks every second; after ten seconds without a tick its loop hangs.
SILENT_AFTER = timedelta(seconds=10)
# Polled often enough that a change is on screen within two seconds.
LOOK_EVERY_S = 0.5
KEEP_ALIVE_LOOKS = 30


@router.get("/v1/now")
async def now(here: Here) -> Response:
    """What is broken, what is watched, and whether results still come."""
    apps, rest = await asyncio.gather(_apps(here), run_in_threadpool(_from_records, here))
    return json_response({"at": clock.now(), "apps": apps, "store": "up" if here.store.is_up else "down", **rest})


@router.get("/v1/monitors")
def monitors(
    here: Here,
    q: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
) -> Response:
    """Journeys and checks with their last runs, failing first; `q` filters by words."""
    records = here.records.open()
    lines = list_lines(here.records.last_results(), read_clockwork(here.settings.paths.run / "scheduler.json").monitors)
    found = matching(lines, q)
    return json_response(
        {
            "total": len(lines),
            "matching": len(found),
            "failing": sum(line.status == RunStatus.FAILED for line in lines),
            "offset": offset,
            "monitors": draw_lines(records, found[offset : offset + limit]),
        }
    )


@router.get("/v1/compare")
async def comparison(here: Here, app: str, versions: str = "", since: str = "24h") -> Response:
    """Versions of one app side by side: each metric with intervals, n, and the distribution of each vital."""
    check_app(here.settings, app)
    began = parse_since(since)
    kpis = {one.name: one.kpis for one in here.settings.apps}
    known = await here.store.ask(questions.VERSIONS, Scope(since=began, app=app))
    chosen = choose_versions(known, parse_versions(versions))
    scope = Scope(since=began, app=app, versions=chosen, kpis=kpis)
    vitals, bins = await asyncio.gather(
        here.store.ask(questions.VITALS, scope), here.store.ask(questions.DISTRIBUTIONS, scope)
    )
    cohorts = {row["service_version"]: row["deployed_cohort"] for row in known}
    return json_response(
        {
            "app": app,
            "since": since,
            "available": [
                {name: row[name] for name in ("service_version", "page_views", "is_registered")}
                for row in known
                if row["page_views"]
            ],
            "page_views": {row["service_version"]: row["page_views"] for row in vitals},
            "metrics": compare(app, chosen, vitals, bins, cohorts) if chosen else [],
        }
    )


@router.get("/v1/journeys/{app}/{name}")
async def journey(here: Here, app: str, name: str, since: str = "7d") -> Response:
    """One journey: step timings per version (null without the store), strips per cohort, and its failures."""
    check_app(here.settings, app)
    scope = Scope(since=parse_since(since), app=app)
    lines, failures = await run_in_threadpool(_journey_from_records, here, app, name)
    try:
        steps = [row for row in await here.store.ask(questions.STEPS, scope) if row["journey"] == name]
    except LeadlineError:
        steps = None
    return json_response({"app": app, "name": name, "steps": steps, "monitors": lines, "failures": failures})


@router.get("/v1/stream", response_class=EventSourceResponse)
async def stream(here: Here) -> AsyncIterable[ServerSentEvent]:
    """Sends `changed` when there is something new to ask for, but not what it is."""
    seen: object = None
    looks = 0
    while True:
        state = await run_in_threadpool(_state, here)
        looks += 1
        if state != seen:
            seen = state
            yield ServerSentEvent(event="changed", data="")
        elif looks % KEEP_ALIVE_LOOKS == 0:
            yield ServerSentEvent(comment="still here")
        await asyncio.sleep(LOOK_EVERY_S)


async def _apps(here: Context) -> list[dict[str, Any]]:
    """The configured apps; without the store, without their beacons."""
    rows: list[Row] = []
    try:
        if here.store.is_up:
            rows = await here.store.ask(questions.VERSIONS, Scope(since=clock.now() - timedelta(days=1)))
    except LeadlineError:
        rows = []
    apps = []
    for one in here.settings.apps:
        mine = [row for row in rows if row["app"] == one.name]
        seen = [row["last_viewed_at"] for row in mine if row["last_viewed_at"]]
        apps.append(
            {
                "name": one.name,
                "environment": one.environment,
                "base_url": without_credentials(one.base_url) if one.base_url else None,
                "last_beacon_at": max(seen, default=None),
                "versions": [row["service_version"] for row in mine],
            }
        )
    return apps


def _from_records(here: Context) -> dict[str, Any]:
    records = here.records.open()
    moment = clock.now()
    # Failures before blindness, each newest first.
    found = sorted(records.incidents(states=UNRESOLVED, limit=1000), key=lambda one: one.kind == "blindness")
    clockwork = read_clockwork(here.settings.paths.run / "scheduler.json")
    last = here.records.last_results()
    lines = list_lines(last, clockwork.monitors)
    is_silent = clockwork.last_tick_at is not None and moment - clockwork.last_tick_at > SILENT_AFTER
    ended = [line.last_at for line in lines if line.last_at]
    return {
        "incidents": [
            draw_incident(
                one,
                read_page_facts(records, one, last=last, now=moment),
                dashboard_url=here.settings.web.public_url,
                now=moment,
            )
            for one in found[:SHOWN_INCIDENTS]
        ],
        "incident_count": len(found),
        "blind_count": sum(one.kind == "blindness" for one in found),
        "has_targets": bool(here.settings.notify.targets),
        "monitor_count": len(lines),
        "failing_count": sum(line.status == RunStatus.FAILED for line in lines),
        "last_result_at": max(ended, default=None),
        "oldest_unsent_at": records.oldest_unsent_at(moment),
        "silences": [
            {
                "silence_id": one.silence_id,
                "muted": one.muted,
                "until": one.ends_at,
                "by": one.created_by,
                "reason": one.reason,
            }
            for one in records.silences(moment)
        ],
        "scheduler": "silent" if clockwork.state == "running" and is_silent else clockwork.state,
        "saved_problem": here.saved.problem or clockwork.problem,
        "unwritten": clockwork.unwritten,
    }


def _journey_from_records(here: Context, app: str, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    records = here.records.open()
    clockwork = read_clockwork(here.settings.paths.run / "scheduler.json")
    every = list_lines(here.records.last_results(), clockwork.monitors)
    lines = [line for line in every if (line.app, line.name) == (app, name)]
    failed = [run for run in records.runs(app=app, name=name, limit=500) if run.status == RunStatus.FAILED]
    return draw_lines(records, lines), [draw_run(run) for run in failed[:30]]


def _state(here: Context) -> tuple[object, ...]:
    """A value that changes whenever there is something new to show."""
    try:
        records = here.records.open()
        silences = tuple(one.silence_id for one in records.silences(clock.now()))
        changes: object = (records.newest_position(), silences)
    except LeadlineError:
        changes = None
    following = here.store.status
    beacons = (following.beacons, following.changes) if following else None
    refused = has_refused_records(here.settings.paths.run / "scheduler.json")
    # Other parts of the scheduler's file are too long to be read twice a second.
    return changes, beacons, here.store.is_up, here.saved.problem, refused
