"""Common parts of all routes: settings, records, store; flat rows as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import Query, Request
from starlette.responses import Response

from leadline import clock
from leadline.serving.problems import Problem
from leadline.settings import Settings, parse_duration_s
from leadline.storeclient import Scope
from leadline.wire.lists import parse_list
from leadline.wire.problems import ProblemType
from leadline_web.collector_door import CollectorDoor
from leadline_web.links_door import LinksDoor
from leadline_web.records_door import RecordsDoor
from leadline_web.saved_settings import SavedSettings
from leadline_web.store_door import StoreDoor


@dataclass(frozen=True, slots=True)
class Context:
    saved: SavedSettings
    records: RecordsDoor
    store: StoreDoor
    collector: CollectorDoor
    links: LinksDoor

    @property
    def settings(self) -> Settings:
        """The settings in force: a saved file may replace them between two requests."""
        return self.saved.settings


def context_of(request: Request) -> Context:
    """For FastAPI's Depends."""
    context: Context = request.app.state.context
    return context


def json_response(content: Any, *, status: int = 200) -> Response:
    """msgspec writes times as RFC 3339 and NaN as null."""
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


def scope_of(
    request: Request,
    app: Annotated[str | None, Query(description="One app; without it, all.")] = None,
    versions: Annotated[
        str | None, Query(description="Versions, separated by commas, quoted as in CSV; without it, all.")
    ] = None,
    since: Annotated[
        str, Query(description="How far back, such as 24h, 7d or 1h30m; or an instant, RFC 3339.")
    ] = "24h",
    synthetic: Annotated[bool, Query(description="Count synthetic traffic and bots as well.")] = False,
) -> Scope:
    """The scope of a figure, from the query string."""
    settings = context_of(request).settings
    check_app(settings, app)
    return Scope(
        since=parse_since(since),
        app=app,
        versions=parse_versions(versions) if versions else None,
        with_synthetic=synthetic,
        kpis={one.name: one.kpis for one in settings.apps},
    )


def parse_versions(text: str) -> list[str]:
    """Raises Problem that names `versions`."""
    try:
        return parse_list(text)
    except ValueError as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="versions") from error


def parse_since(text: str) -> datetime:
    """The start: a duration back from now, or an instant with its zone. Raises Problem that names `since`."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _so_long_ago(text)
    if instant.tzinfo is None:
        raise Problem(ProblemType.INVALID_FIELD, f"{text!r} has no zone; add Z or +00:00", field="since")
    return max(instant, _EARLIEST)


def _so_long_ago(text: str) -> datetime:
    try:
        return max(clock.now() - timedelta(seconds=parse_duration_s(text)), _EARLIEST)
    except ValueError as error:
        raise Problem(
            ProblemType.INVALID_FIELD, f"{error}; or an instant like 2026-11-24T12:00Z", field="since"
        ) from error
    except OverflowError:
        return _EARLIEST


# Earlier than any stored data: the earliest `since`.
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def check_app(settings: Settings, app: str | None) -> None:
    """Raises Problem that names `app` and the configured ones."""
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise Problem(
            ProblemType.UNKNOWN_APP, f"no app named {app!r}; configured: {', '.join(names) or 'none'}", field="app"
        )
