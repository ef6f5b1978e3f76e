"""How an answer can be split: into spans of time (`every`), or by the values of one dimension (`by`)."""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from fastapi import Depends, Query

from leadline import clock
from leadline.serving.problems import Problem
from leadline.storeclient import Scope
from leadline.storeclient.cuts import parse_every, parse_vitals
from leadline.storeclient.questions import By, FunnelAsked, Vital
from leadline.wire.lists import parse_list
from leadline.wire.problems import ProblemType
from leadline_web.context import scope_of

MOST_STEPS = 20


def cut_scope_of(
    scope: Annotated[Scope, Depends(scope_of)],
    every: Annotated[str | None, Query(description="As a series of spans of this length: 1m, 1h, 1d.")] = None,
    by: Annotated[
        str | None, Query(description="One row per value of a dimension: " + ", ".join(get_args(By)) + ".")
    ] = None,
) -> Scope:
    """The scope with `every` or `by` from the query string. Raises Problem that names the parameter."""
    if every is not None and by is not None:
        raise Problem(ProblemType.INVALID_FIELD, "an answer is cut by time or by a dimension, not by both", field="by")
    if by is not None and by not in get_args(By):
        raise Problem(
            ProblemType.INVALID_FIELD, f"{by!r} is not a dimension; choose one of {', '.join(get_args(By))}", field="by"
        )
    return msgspec.structs.replace(series_scope_of(scope, every), by=by)


def series_scope_of(
    scope: Annotated[Scope, Depends(scope_of)],
    every: Annotated[str | None, Query(description="As a series of spans of this length: 1m, 1h, 1d.")] = None,
) -> Scope:
    """The scope, as a series or whole. Raises Problem that names `every`."""
    return scope if every is None else msgspec.structs.replace(scope, every_s=_parse_every(every, scope))


def vitals_scope_of(
    scope: Annotated[Scope, Depends(cut_scope_of)],
    vitals: Annotated[
        str | None, Query(description=f"Only these, separated by commas: {', '.join(get_args(Vital))}.")
    ] = None,
) -> Scope:
    """The scope with the requested vitals. Raises Problem that names `vitals`."""
    if vitals is None:
        return scope
    try:
        return msgspec.structs.replace(scope, vitals=parse_vitals(vitals))
    except ValueError as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="vitals") from error


def funnel_of(
    scope: Annotated[Scope, Depends(scope_of)],
    steps: Annotated[str, Query(description="Names of events in their order, separated by commas.")],
) -> FunnelAsked:
    """The question of /v1/funnel. Raises Problem that names `steps`."""
    try:
        names = parse_list(steps)
    except ValueError as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="steps") from error
    if not 1 <= len(names) <= MOST_STEPS:
        raise Problem(ProblemType.INVALID_FIELD, f"name 1 to {MOST_STEPS} events", field="steps")
    return FunnelAsked(scope=scope, steps=names)


def _parse_every(text: str, scope: Scope) -> int:
    try:
        return parse_every(text, over_s=(clock.now() - scope.since).total_seconds())
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="every") from error
