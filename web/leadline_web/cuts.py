"""How an answer may be cut: into spans of time (`every`), or by the values of one dimension (`by`)."""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from fastapi import Depends, Query

from leadline import clock
from leadline.serving.problems import Problem
from leadline.settings import parse_duration_s
from leadline.storeclient import Scope
from leadline.storeclient.questions import By
from leadline.wire.problems import ProblemType
from leadline_web.context import scope_of

# A chart has fewer pixels than this; more spans are a mistake in `every`.
MOST_SPANS = 2000
MINUTE_S = 60


def cut_scope_of(
    scope: Annotated[Scope, Depends(scope_of)],
    every: Annotated[str | None, Query(description="As a series of spans of this length: 1m, 1h, 1d.")] = None,
    by: Annotated[
        str | None, Query(description="One row per value of a dimension: " + ", ".join(get_args(By)) + ".")
    ] = None,
) -> Scope:
    """The scope, cut as the query string says. Raises Problem that names `every` or `by`."""
    if every is not None and by is not None:
        raise Problem(ProblemType.INVALID_FIELD, "an answer is cut by time or by a dimension, not by both", field="by")
    if by is not None and by not in get_args(By):
        raise Problem(
            ProblemType.INVALID_FIELD, f"{by!r} is no dimension; there is {', '.join(get_args(By))}", field="by"
        )
    every_s = None if every is None else _parse_every(every, scope)
    return msgspec.structs.replace(scope, every_s=every_s, by=by)


def _parse_every(text: str, scope: Scope) -> int:
    try:
        every_s = parse_duration_s(text)
    except (ValueError, OverflowError) as error:
        raise Problem(ProblemType.INVALID_FIELD, str(error), field="every") from error
    if every_s < MINUTE_S or every_s % MINUTE_S:
        raise Problem(ProblemType.INVALID_FIELD, f"{text!r} must be whole minutes, such as 5m or 1h", field="every")
    spans = (clock.now() - scope.since).total_seconds() / every_s
    if spans > MOST_SPANS:
        raise Problem(
            ProblemType.INVALID_FIELD,
            f"that is {spans:,.0f} spans of {text}, at most {MOST_SPANS:,} are answered: ask for longer spans",
            field="every",
        )
    return round(every_s)
