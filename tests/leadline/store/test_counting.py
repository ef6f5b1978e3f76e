"""What numpy counts of sessions is what the store's own aggregates say of the same rows."""

from __future__ import annotations

import random
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from leadline.store.met_sessions import MetSessions, Window, medians, sums

ASKED = {
    medians: "median(value) FILTER (NOT isnan(value))",
    sums: "sum(value ORDER BY value) FILTER (isfinite(value))",
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("summarise", [medians, sums], ids=lambda one: one.__name__)
def test_a_session_has_the_median_and_the_sum_that_the_store_says(summarise: Any, seed: int) -> None:
    dice = random.Random(seed)
    numbers = np.array([dice.randrange(40) for _ in range(200)], dtype=np.int64)
    values = np.array([dice.choice([dice.lognormvariate(6, 2), 7.25, float("nan")]) for _ in range(200)])
    if seed == 1:
        values[numbers == numbers[0]] = np.nan
    given = pa.table({"number": numbers, "value": values})
    with duckdb.connect() as connection:
        connection.register("given", given)
        asked = f"SELECT number, {ASKED[summarise]} FROM given GROUP BY number ORDER BY number"
        expected = connection.execute(asked).fetchall()
    order = np.lexsort((values, numbers))  # as Items gives them
    who, found = summarise(numbers[order], values[order])
    assert list(zip(who.tolist(), found.to_pylist(), strict=True)) == expected


def met(rows: list[tuple[int, int | None, int | None, str, str]], *, is_left_out: Any = None) -> MetSessions:
    """Rows of minute of the start, minute of being marked, arm, browser and segment; the arm arrived as it is."""
    started, marked, arm, browser, segment = (list(column) for column in zip(*rows, strict=True))
    return MetSessions(
        pa.table(
            {
                "started_ms": pa.array([at * 60_000 for at in started], pa.int64()),
                "marked_ms": pa.array([None if at is None else at * 60_000 for at in marked], pa.int64()),
                "arm": pa.array(arm, pa.int8()),
                "arrived_arm": pa.array(arm, pa.int8()),
                "arrived_browser": browser,
                "has_network": [place % 2 == 0 for place in range(len(rows))],
                "service_version": [f"{place % 3}" for place in range(len(rows))],
                "segment": segment,
            }
        ),
        is_left_out=is_left_out,
    )


ROWS: list[tuple[int, int | None, int | None, str, str]] = [
    (10, None, 0, "Firefox", "tablet"),
    (10, None, 1, "Chrome", "mobile"),
    (10, None, 1, "Chrome", "mobile"),
    (9, None, 1, "Safari", "desktop"),
    (11, None, None, "Chrome", "of no arm"),
    (12, 13, 0, "Chrome", "marked in time"),
    (12, 14, 0, "Chrome", "marked later"),
    (13, None, 1, "Edge", "too late"),
]
SETTLED = Window(within_ms=0, enters_ms=60_000, first_start_ms=0, first=10, last=13)


def test_segments_stand_in_the_order_in_which_they_appeared_and_the_larger_ones_first() -> None:
    assert met(ROWS).segments(SETTLED) == ["desktop", "mobile", "tablet", "marked later"]


def test_who_is_left_out_is_in_no_share_but_has_arrived() -> None:
    of = met(ROWS, is_left_out=np.array([True] + [False] * 7))
    shares = of.shares(SETTLED, np.array([place == 1 for place in range(8)]))
    assert shares.to_pylist() == [
        {"minute": minute, "segment": segment, "na": na, "nb": nb, "ka": 0.0, "kb": kb}
        for minute, segment, na, nb, kb in (
            (11, "mobile", 0.0, 1.0, 1.0),
            (11, "mobile", 0.0, 1.0, 0.0),
            (10, "desktop", 0.0, 1.0, 0.0),
            (13, "marked later", 1.0, 0.0, 0.0),
        )
    ]
    names, minutes, na, nb = of.arrivals(SETTLED)
    assert list(zip(minutes.tolist(), names, na.tolist(), nb.tolist(), strict=True)) == [
        (10, "Chrome", 0, 2),
        (10, "Firefox", 1, 0),
        (12, "Chrome", 2, 0),
        (13, "Edge", 0, 1),
    ]


def test_networks_and_served_versions_are_counted_of_both_arms_and_of_the_canary() -> None:
    assert met(ROWS).networks(SETTLED) == (3, 6)
    assert met(ROWS).served(SETTLED) == {"0": 2, "2": 1}
