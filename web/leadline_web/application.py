"""Composes the web service: routes, guards, problems and the headers that every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import leadline
from leadline.serving.problems import install_problems
from leadline.settings import Settings
from leadline_web.collector_door import CollectorDoor
from leadline_web.context import Context
from leadline_web.dashboard import files as dashboard_files
from leadline_web.guards import Guard
from leadline_web.links_door import LinksDoor
from leadline_web.records_door import RecordsDoor
from leadline_web.routes import (
    dashboard,
    doctor,
    evidence,
    figures,
    flags,
    gates,
    health,
    links,
    listening,
    objectives,
    operations,
    page,
    query,
    records,
    releases,
    silences,
    verdicts,
)
from leadline_web.saved_settings import SavedSettings
from leadline_web.store_door import StoreDoor


def build_app(settings: Settings) -> FastAPI:
    """The ASGI application; its lifespan opens and closes connections to records, store and collector."""
    saved = SavedSettings(settings)
    records_door = RecordsDoor(settings.paths.records)
    door = LinksDoor(settings.paths.home)
    context = Context(saved, records_door, StoreDoor(settings.paths.run), CollectorDoor(settings), door)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        context.store.start()
        following = asyncio.create_task(saved.follow(), name="saved settings")
        yield
        following.cancel()
        await context.store.close()
        await context.collector.close()
        context.records.close()

    app = FastAPIOffline(title="Leadline", version=leadline.__version__, lifespan=lifespan, redoc_url=None)
    app.state.context = context
    views = (page, links, dashboard, listening, dashboard_files)
    asking = (figures, verdicts, objectives, doctor, query)
    rooms = (*views, *asking, records, evidence, operations, silences, flags, gates, releases, health)
    for room in rooms:
        app.include_router(room.router)
    install_problems(app)
    app.add_middleware(Guard, web=settings.web, in_force=lambda: saved.settings.web)
    app.add_middleware(SafeHeaders)
    return app


class SafeHeaders:
    """Headers that forbid browser features we never use; a route's own header takes precedence."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("X-Frame-Options", "DENY")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)
