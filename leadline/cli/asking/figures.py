"""Figures and SQL: asked of this home's store service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.cli.asking.store import ask_store
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings, parse_duration_s
from leadline.storeclient import Question, Row, Scope, SqlAnswer, SqlAsked


def ask_figure(
    settings: Settings, question: Question[Scope, list[Row]], *, app: str | None, versions: str | None, since: str
) -> list[dict[str, Any]]:
    """Rows of the figure. ConfigurationError for a `since` that is no duration and for an app that is not known."""
    try:
        began = now() - timedelta(seconds=parse_duration_s(since))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--since: {error}") from error
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise ConfigurationError(f"--app: no app named {app!r}; configured: {', '.join(names) or 'none'}")
    scope = Scope(
        since=began,
        app=app,
        versions=[one.strip() for one in versions.split(",") if one.strip()] if versions else None,
        kpis={one.name: one.kpis for one in settings.apps},
    )
    return ask_store(settings, lambda client: client.ask(question, scope))


def ask_sql(settings: Settings, asked: SqlAsked) -> SqlAnswer:
    """One read-only SELECT. Raises QueryRefused for anything else, and over a limit."""
    return ask_store(settings, lambda client: client.sql(asked))
