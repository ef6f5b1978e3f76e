"""The first page: open incidents, the last result of each monitor, figures per version. One template, no script."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from leadline import clock
from leadline.errors import LeadlineError
from leadline.model import IncidentState
from leadline.records.rows import incident_row
from leadline.storeclient import Row, Scope, questions
from leadline_web.context import Context, context_of
from leadline_web.dashboard.files import built_page, page_response

router = APIRouter(include_in_schema=False)
_OPEN = [IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.UNKNOWN]
_MARKED = {"state", "status"}


@router.get("/")
async def front_page(here: Annotated[Context, Depends(context_of)]) -> Response:
    """The dashboard; if it is not built, a plain page whose parts say what can't be shown."""
    if (built := built_page()) is not None:
        return page_response(built)
    now = clock.now()
    incidents, journeys, vitals = await asyncio.gather(
        run_in_threadpool(_incidents, here), run_in_threadpool(_journeys, here), _vitals(here, now)
    )
    nonce = secrets.token_urlsafe(16)
    text = _template().substitute(
        title="Leadline", nonce=nonce, as_of=f"As of {now:%Y-%m-%d %H:%M:%S} UTC",
        incidents=incidents, journeys=journeys, vitals=vitals,
    )  # fmt: skip
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


@cache
def _template() -> Template:
    return Template((resources.files("leadline_web") / "pages" / "front.html").read_text(encoding="utf-8"))


def _incidents(here: Context) -> str:
    try:
        found = here.records.open().incidents(states=_OPEN, limit=50)
    except LeadlineError as error:
        return _unknown(error)
    columns = ("severity", "title", "state", "since", "service_version", "failing")
    return _table(columns, [incident_row(one) for one in found]) if found else "<p>None.</p>"


def _journeys(here: Context) -> str:
    try:
        found = here.records.open().last_results()
    except LeadlineError as error:
        return _unknown(error)
    columns = ("name", "cohort", "location", "status", "finished_at", "run")
    rows = [
        {
            "name": one.name,
            "cohort": one.cohort,
            "location": one.location,
            "status": one.status,
            "finished_at": one.finished_at,
            "run": one.run_id,
        }
        for one in sorted(found, key=lambda one: (one.name, one.cohort or "", one.location))
    ]
    return _table(columns, rows) if rows else "<p>No run yet.</p>"


async def _vitals(here: Context, now: datetime) -> str:
    kpis = {app.name: app.kpis for app in here.settings.apps}
    try:
        rows = await here.store.ask(questions.VITALS, Scope(since=now - timedelta(hours=24), kpis=kpis))
    except LeadlineError as error:
        return _unknown(error)
    names = [f"kpi_{name}_ratio" for name in dict.fromkeys(name for app in kpis.values() for name in app)]
    columns = ("app", "service_version", "page_views", "sessions", "lcp_p75_ms", "inp_p75_ms", "cls_p75", "error_ratio")
    return _table((*columns, *names), rows) if rows else "<p>No page view yet.</p>"


def _table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(column.replace('_', ' '))}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(_cell(column, row.get(column)) for column in columns)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(column: str, value: Any) -> str:
    if column == "run":
        run_id = escape(str(value))
        return f'<td><a href="/v1/runs/{run_id}">{run_id}</a></td>'
    name = f' class="{escape(str(value))}"' if column in _MARKED else ' class="wide"' if column == "title" else ""
    return f"<td{name}>{escape(_text(column, value))}</td>"


def _text(column: str, value: Any) -> str:
    match value:
        case None:
            return "–"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case float() if column.endswith("_ratio"):
            return f"{value:.4f}"
        case float() if column.endswith("_ms"):
            return f"{value:,.0f}"
        case float():
            return f"{value:.3f}"
        case int():
            return f"{value:,}"
    return str(value)


def _unknown(error: LeadlineError) -> str:
    return f'<p class="open">Unknown: {escape(error.message)}. {escape(error.hint)}</p>'
