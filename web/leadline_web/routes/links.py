"""The signed link of a page: one incident, opened on a phone without a login.

GET only shows, because mail scanners open links; actions need a POST. A link that was forged, or whose
incident is over, is 403.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from leadline import clock
from leadline.links import InvalidLink
from leadline.model import Incident, IncidentState
from leadline.records import Silence
from leadline.serving.problems import Problem
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, context_of
from leadline_web.routes.evidence import evidence
from leadline_web.signed_page import describe_incident

router = APIRouter(include_in_schema=False)
Here = Annotated[Context, Depends(context_of)]
_LONGEST_FORM = 4096


def _open_incident(here: Here, token: str) -> Incident:
    try:
        incident_id = here.links.open().incident_of(token)
    except InvalidLink:
        raise Problem(ProblemType.LINK, "This link is not valid.") from None
    found = here.records.open().incident(incident_id)
    if found is None:
        raise Problem(ProblemType.LINK, "The incident of this link no longer exists.")
    if found.state is IncidentState.RESOLVED:
        ended = f" at {found.resolved_at:%H:%M} UTC on {found.resolved_at:%Y-%m-%d}" if found.resolved_at else ""
        raise Problem(ProblemType.LINK, f"This incident ended{ended}. Its link no longer works.")
    return found


async def _typed_name(request: Request) -> str:
    """The form's `name`, else the one kept in the cookie. Raises Problem without either."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            raise Problem(ProblemType.TOO_LARGE, f"this form takes at most {_LONGEST_FORM} bytes")
    fields = parse_qs(body.decode("utf-8", "replace"))
    return _name_of(fields.get("name", [""])[0] or request.cookies.get(_NAME_COOKIE, ""))


# Before the name: whoever has no valid link learns nothing else.
Opened = Annotated[Incident, Depends(_open_incident)]
Name = Annotated[str, Depends(_typed_name)]
SILENCE = timedelta(hours=1)
_NAME_COOKIE = "leadline_name"
_NAME_KEPT_S = 365 * 86400
_LONGEST_NAME = 60


@router.head("/i/{token}", include_in_schema=False)  # a mail scanner or a chat that looks whether it exists
@router.get("/i/{token}")
def show(here: Here, request: Request, token: str) -> Response:
    """What is broken, who is on it, and what can be done. Changes nothing."""
    try:
        incident = _open_incident(here, token)
    except Problem as problem:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return _page("Link no longer valid", f"<h1>{escape(problem.detail)}</h1>", status=403)
    silences = [one for one in here.records.open().silences(clock.now()) if one.mutes(incident, clock.now())]
    body = describe_incident(
        incident,
        token=token,
        name=request.cookies.get(_NAME_COOKIE, ""),
        silences=silences,
        others=here.records.open().told_with(incident.incident_id),
        now=clock.now(),
    )
    return _page(incident.title, body)


@router.post("/i/{token}/ack")
def acknowledge(here: Here, token: str, incident: Opened, name: Name) -> Response:
    """Acknowledges. The name is asked for once and kept in a cookie."""
    here.records.open().acknowledge(incident.incident_id, by=name, now=clock.now())
    return _back(token, name)


@router.post("/i/{token}/ack-all")
def acknowledge_all(here: Here, token: str, incident: Opened, name: Name) -> Response:
    """Acknowledges everything that the message of this link reported."""
    here.records.open().acknowledge(incident.incident_id, by=name, now=clock.now(), with_message=True)
    return _back(token, name)


@router.post("/i/{token}/silence")
def silence(here: Here, token: str, incident: Opened, name: Name) -> Response:
    """Mutes pages about this monitor for an hour. The incident stays open and is shown."""
    now = clock.now()
    here.records.open().add_silence(
        Silence(
            silence_id=clock.new_id(),
            starts_at=now,
            ends_at=now + SILENCE,
            reason="silenced from a page",
            created_by=name,
            created_at=now,
            app=incident.subject.app,
            monitor=incident.subject.kind,
            name=incident.subject.name,
        )
    )
    return _back(token, name)


@router.head("/i/{token}/evidence/{run_id}/{name}", include_in_schema=False)
@router.get("/i/{token}/evidence/{run_id}/{name}", response_class=FileResponse)
def show_evidence(here: Here, token: str, run_id: str, name: str) -> FileResponse:
    """A file of a run of this incident, not of other runs."""
    incident = _open_incident(here, token)
    runs = {run for one in (*incident.findings, *incident.healed) for run in (one.run_id, *one.confirmed_by)}
    if run_id not in runs:
        raise Problem(ProblemType.LINK, f"this link does not show run {run_id!r}")
    return evidence(here, run_id, name)


def _name_of(text: str) -> str:
    """A name in the ledger's form: one line, short. Raises Problem if it is empty."""
    name = " ".join("".join(c for c in text if c.isprintable()).split())[:_LONGEST_NAME]
    if not name:
        raise Problem(ProblemType.INVALID_FIELD, "your name is missing", field="name", remedy="Say who is on it.")
    return name


def _back(token: str, name: str) -> Response:
    answer = RedirectResponse(f"/i/{token}", status_code=303)
    # Not for other pages of this host, not for scripts, not with requests that another site starts.
    answer.set_cookie(_NAME_COOKIE, name, max_age=_NAME_KEPT_S, path="/i/", httponly=True, samesite="lax")
    return answer


def _page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    # With no-referrer a browser posts a form with `Origin: null`, which the guard rejects.
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}
    text = _template().substitute(title=escape(title), nonce=nonce, body=body)
    return HTMLResponse(text, status_code=status, headers=headers)


@cache
def _template() -> Template:
    return Template((resources.files("leadline_web") / "pages" / "incident.html").read_text(encoding="utf-8"))
