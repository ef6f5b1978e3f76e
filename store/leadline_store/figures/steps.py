"""How long did each step of each journey take? One row per app, journey, step, the version that served it, and span."""

from __future__ import annotations

from datetime import timedelta

from leadline.store import Store
from leadline.store.experience.journeys import StepPart, read_steps
from leadline_store.figures.experience import origin, slice_columns
from leadline_store.figures.scope import Row, Scope

SHOWN = (0.5, 0.75, 0.95)


def list_steps(store: Store, scope: Scope) -> list[Row]:
    """Rows in the order of the steps."""
    every = None if scope.every_s is None else timedelta(seconds=scope.every_s)
    found = read_steps(store, scope.parameters["since"], scope.app, every=every)
    return [_row(part) | slice_columns(scope, part.slice) | origin(found) for part in found.parts]


def _row(part: StepPart) -> Row:
    row: Row = {
        "app": part.app, "journey": part.journey, "step": part.step, "service_version": part.service_version,
        "n": part.n, "ordinal": part.ordinal,
    }  # fmt: skip
    estimates = {estimate.quantile: estimate for estimate in part.durations}
    for quantile in SHOWN:
        found, at = estimates.get(quantile), f"p{round(quantile * 100)}"
        row[f"{at}_ms"] = found.value if found else None
        row[f"{at}_low_ms"] = found.low if found else None
        row[f"{at}_high_ms"] = found.high if found else None
    return row | {"fastest_ms": part.fastest_ms, "slowest_ms": part.slowest_ms, "budget_ms": part.budget_ms}
