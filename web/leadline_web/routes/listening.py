"""*Listening for APP*: the tag, the web server's line, and how far the app's pages have come."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from leadline import clock
from leadline.errors import LeadlineError
from leadline.model.web_origins import without_credentials
from leadline.settings import AppSettings, include_script
from leadline.storeclient import Row, Scope, questions
from leadline.wire.snippet import write_caddy, write_frameworks, write_nginx, write_tag
from leadline_web.context import Context, check_app, context_of, json_response
from leadline_web.dashboard.listening import tell_ticks

router = APIRouter(tags=["dashboard"])
Here = Annotated[Context, Depends(context_of)]
# What the other views look at by themselves.
LOOKS_BACK = timedelta(hours=24)


@router.get("/v1/listening/{app}")
async def listening(here: Here, app: str) -> Response:
    """Whether the app's pages load the script, send, are kept, name version, route and KPI; else the line to add."""
    check_app(here.settings, app)
    mine = here.settings.app_named(app)
    arrivals, stored = await asyncio.gather(here.collector.arrivals(app), _stored(here, app))
    texts = _texts(here, mine)
    proxy = None if texts["is_direct"] else texts["nginx"]
    return json_response(
        {
            "app": app,
            "base_url": without_credentials(mine.base_url) if mine.base_url else None,
            "collector": "down" if arrivals is None else "up",
            "store": "up" if here.store.is_up else "down",
            **texts,
            "refused": _refused(arrivals),
            "crawlers": arrivals["crawlers"] if arrivals else [],
            "ticks": tell_ticks(mine, tag=texts["tag"], proxy=proxy, arrivals=arrivals, stored=stored),
        }
    )


def _refused(arrivals: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Dropped beacons of the last hour, by reason: from the app's pages, and from pages that named no app."""
    if arrivals is None:
        return []
    strays = (arrivals["stray"] or {}).get("dropped_last_hour", [])
    return [
        *(drop | {"is_stray": False} for drop in arrivals["dropped_last_hour"]),
        *(drop | {"is_stray": True} for drop in strays),
    ]


async def _stored(here: Context, app: str) -> Row | None:
    try:
        rows = await here.store.ask(questions.LISTENING, Scope(since=clock.now() - LOOKS_BACK, app=app))
    except LeadlineError:
        return None
    return rows[0] if rows else None


def _texts(here: Context, app: AppSettings) -> dict[str, Any]:
    """The same as `leadline snippet` prints."""
    collector, key = here.settings.collector.listen, app.keys[0] if app.keys else "pk_…"
    script = include_script(here.settings, app)
    integrity, source = script.integrity, script.source
    frameworks = write_frameworks(app.name, key=key, collector=collector, integrity=integrity, source=source)
    return {
        "tag": write_tag(app.name, key=key, integrity=integrity, source=source),
        "is_direct": script.is_direct,
        "nginx": write_nginx(collector),
        "caddy": write_caddy(collector),
        "frameworks": [{"name": name, "where": where, "text": text} for name, (where, text) in frameworks.items()],
    }
