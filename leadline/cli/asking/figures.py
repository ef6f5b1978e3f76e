"""What only the store knows, from the running web service, or from the home's store where no service runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from leadline.cli.asking.service import find_web
from leadline.errors import ConfigurationError
from leadline.settings import Settings, parse_duration_s

Figure = Literal["vitals", "versions", "errors", "kpis"]
Row = dict[str, Any]

MEDIA = {
    "json": "application/json",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """An answer in the wanted format; `truncated` names the limit that cut it."""

    body: bytes
    truncated: str | None


def ask_figure(settings: Settings, figure: Figure, *, app: str | None, versions: str | None, since: str) -> list[Row]:
    """Rows of the figure, as GET /v1/FIGURE has them. ConfigurationError for a `since` that is no duration."""
    try:
        span = timedelta(seconds=parse_duration_s(since))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--since: {error}") from error
    if (web := find_web(settings)) is not None:
        return web.get(f"/v1/{figure}", {"app": app, "versions": versions, "since": since}).rows()
    from leadline_web.offline import open_home

    named = [one.strip() for one in versions.split(",") if one.strip()] if versions else None
    with open_home(settings) as home:
        return home.figures(figure, app=app, versions=named, since=span)


def ask_sql(settings: Settings, sql: str, *, as_format: str, max_rows: int, timeout_s: float) -> QueryResult:
    """One read-only SELECT. Raises QueryRefused for anything else, and over a limit."""
    media = MEDIA[as_format]
    if (web := find_web(settings)) is not None:
        answer = web.post("/v1/query", {"sql": sql, "max_rows": max_rows, "timeout_s": timeout_s}, accept=media)
        return QueryResult(body=answer.body, truncated=answer.headers.get("leadline-truncated"))
    from leadline.store.queries import QueryLimits
    from leadline_web.formats import FORMATS
    from leadline_web.offline import open_home

    with open_home(settings) as home:
        found = home.query(sql, QueryLimits(max_rows=max_rows, timeout_s=timeout_s))
        return QueryResult(body=FORMATS[media](found.table), truncated=found.truncated)
