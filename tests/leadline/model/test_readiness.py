"""The ladder: each rung stands on those below, and each thing that is missing names the next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadline.model.readiness import AppEvidence, climb

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
READY = AppEvidence(
    app="shop",
    page_views=1000,
    page_views_with_version=995,
    last_page_view_at=NOW,
    last_request_at=NOW,
    last_kpi_at=NOW,
    last_trace_at=NOW,
    last_saturation_at=NOW,
    last_judged_run_at=NOW,
    monitors=2,
    flags=1,
    stages=3,
    gates=1,
    hooks=1,
    last_good_drill_at=NOW - timedelta(days=7),
    is_armed=True,
)


def test_an_app_that_nothing_is_known_of_stands_on_no_rung() -> None:
    ladder = climb(AppEvidence(app="shop"), now=NOW)
    assert ladder.level is None
    assert all(one.next_step for rung in ladder.rungs for one in rung.missing)


def test_chaos_is_what_is_left_of_an_app_that_rolls_back_by_itself() -> None:
    ladder = climb(READY, now=NOW)
    assert ladder.level == 3
    assert ladder.refuse(3) is None
    assert "supervised chaos experiments" in (ladder.refuse(4) or "")


@pytest.mark.parametrize(
    ("less", "level"),
    [
        ({"monitors": 0}, None),
        ({"last_judged_run_at": NOW - timedelta(days=2)}, None),
        ({"page_views_with_version": 989}, 0),
        ({"page_views": 0}, 0),
        ({"last_kpi_at": NOW - timedelta(seconds=61)}, 0),
        ({"last_trace_at": None}, 0),
        ({"last_saturation_at": None}, 0),
        ({"flags": 0}, 1),
        ({"stages": 1}, 1),
        ({"hooks": 0}, 2),
        ({"last_good_drill_at": NOW - timedelta(days=31)}, 2),
        ({"last_good_drill_at": None}, 2),
        ({"is_armed": False}, 2),
    ],
)
def test_what_is_missing_ends_the_ladder_there(less: dict[str, object], level: int | None) -> None:
    assert climb(replace(READY, **less), now=NOW).level == level


def test_a_high_rung_does_not_stand_without_a_low_one() -> None:
    ladder = climb(replace(READY, flags=0), now=NOW)
    assert ladder.rungs[3].is_reached
    assert ladder.level == 1
    refusal = ladder.refuse(3)
    assert refusal is not None
    assert refusal.startswith("app 'shop' is not at L3: feature flags (0). Next: [[flag]]")
