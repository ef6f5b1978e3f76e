"""Figures and SQL, from this home's store service."""

from __future__ import annotations

from typing import Any, get_args

from leadline.cli.asking.store import ask_store
from leadline.cli.moments import parse_moment
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings
from leadline.storeclient import Question, Row, Scope, SqlAnswer, SqlAsked
from leadline.storeclient.cuts import parse_every, parse_vitals
from leadline.storeclient.questions import By, Vital
from leadline.wire.lists import parse_list


def ask_figure(
    settings: Settings,
    question: Question[Scope, list[Row]],
    *,
    app: str | None,
    versions: str | None,
    since: str,
    every: str | None = None,
    by: str | None = None,
    vitals: str | None = None,
) -> list[dict[str, Any]]:
    """Rows of the figure. ConfigurationError for an invalid `since` and for an unknown app."""
    began = parse_moment("--since", since, now=now())
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise ConfigurationError(f"--app: no app named {app!r}; configured: {', '.join(names) or 'none'}")
    if every is not None and by is not None:
        raise ConfigurationError("--every and --by can't be combined")
    try:
        every_s = None if every is None else parse_every(every, over_s=(now() - began).total_seconds())
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"--every: {error}") from error
    scope = Scope(
        since=began,
        every_s=every_s,
        by=_dimension(by),
        vitals=_vitals(vitals),
        app=app,
        versions=_named(versions),
        kpis={one.name: one.kpis for one in settings.apps},
    )
    return ask_store(settings, lambda client: client.ask(question, scope))


def _dimension(by: str | None) -> By | None:
    found = next((name for name in get_args(By) if name == by), None)
    if by is not None and found is None:
        raise ConfigurationError(f"--by: {by!r} is not a dimension; choose one of {', '.join(get_args(By))}")
    return found


def _vitals(named: str | None) -> list[Vital] | None:
    try:
        return None if named is None else parse_vitals(named)
    except ValueError as error:
        raise ConfigurationError(f"--vitals: {error}") from error


def _named(versions: str | None) -> list[str] | None:
    try:
        return parse_list(versions) if versions else None
    except ValueError as error:
        raise ConfigurationError(f"--versions: {error}") from error


def ask_sql(settings: Settings, asked: SqlAsked) -> SqlAnswer:
    """One read-only SELECT. Raises QueryRefused for anything else, and over a limit."""
    return ask_store(settings, lambda client: client.sql(asked))
