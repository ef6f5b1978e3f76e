"""What has begun is known again at any later look, however the minutes between were read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from leadline.store import begun
from leadline.store.begun import MOMENT, Begun, Seen

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
START = NOON.replace(tzinfo=None)  # as the store keeps times
Row = tuple[str, str, int]


def arriving(rows: list[Row]) -> pa.Table:
    """Views with the session that their first beacon of these minutes names, and the second at which it came."""
    views, sessions, seconds = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return pa.table(
        {
            "page_view_id": pa.array(views, pa.string()),
            "session": pa.array(sessions, pa.string()),
            "started_at": pa.array([START + timedelta(seconds=at) for at in seconds], MOMENT),
            "view_hash": pa.array([hash(("v", view)) % 2**64 for view in views], pa.uint64()),
            "session_hash": pa.array([hash(("s", session)) % 2**64 for session in sessions], pa.uint64()),
        }
    )


def nothing() -> Begun:
    lately = arriving([]).select(["page_view_id", "session"]).append_column("began_at", pa.array([], MOMENT))
    return Begun(Seen.of(np.zeros(0, np.uint64)), Seen.of(np.zeros(0, np.uint64)), lately)


def told(found: Begun) -> dict[str, tuple[str, int]]:
    return {
        row["page_view_id"]: (row["session"], round((row["began_at"] - START).total_seconds()))
        for row in found.lately.to_pylist()
    }


@pytest.mark.parametrize("most_late", [0, 20, 65_536])
def test_views_of_many_steps_belong_to_the_sessions_that_one_step_says(
    most_late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begun, "MOST_LATE", most_late)
    dice = random.Random(4)
    rows = sorted(
        ((f"v{dice.randrange(90)}", f"s{dice.randrange(30)}", second) for second in range(300)), key=lambda row: row[2]
    )
    firsts: dict[str, Row] = {}
    for row in rows:
        firsts.setdefault(row[0], row)
    began: dict[str, int] = {}
    for _, session, second in firsts.values():
        began.setdefault(session, second)
    found, place = nothing(), 0
    while place < len(rows):
        size = dice.randrange(1, 40)
        step: dict[str, Row] = {}
        for row in rows[place : place + size]:
            step.setdefault(row[0], row)
        place += size
        found = found.go_on(arriving(list(step.values())), since=START)
    assert told(found) == {view: (session, began[session]) for view, session, _ in firsts.values()}


def test_a_session_that_began_too_long_ago_stays_known_and_is_not_taken_for_a_new_one() -> None:
    first = nothing().go_on(arriving([("a", "long ago", 0), ("b", "new", 90)]), since=START)
    later = first.go_on(arriving([("c", "long ago", 100), ("d", "new", 101)]), since=START + timedelta(seconds=60))
    assert told(later) == {"b": ("new", 90), "d": ("new", 90)}
    again = later.go_on(arriving([("b", "another", 130)]), since=START + timedelta(seconds=60))
    assert told(again) == told(later)  # a later beacon of a view that was there changes nothing


def test_only_the_views_of_sessions_that_matter_are_handed_out() -> None:
    found = nothing().go_on(arriving([("a", "a", 10), ("b", "b", 20), ("c", "c", 30)]), since=START)
    begins = round(NOON.timestamp()) * 1000
    spans = [(begins + 10_000, begins + 20_000), (begins + 30_000, begins + 30_001)]
    assert found.in_spans(spans)["page_view_id"].to_pylist() == ["a", "c"]
