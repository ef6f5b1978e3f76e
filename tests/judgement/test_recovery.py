"""After a rollback: back is only what is within the margin of the baseline's level, and no longer the canary's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from leadline.analysis.verdicts.recovery import FiguresSince, judge_recovery
from leadline.model.verdicts import MetricFinding, Verdict

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SALES = MetricFinding(
    name="kpi:checkout_completed",
    kind="share",
    state="worse",
    claim="sells less",
    is_lower_harm=True,
    canary_sessions=3000,
    baseline_sessions=3000,
    canary_value=0.10,
    baseline_value=0.20,
    margin=0.02,
)
ERRORS = replace(
    SALES,
    name="errors",
    claim="has more errors",
    is_lower_harm=False,
    canary_value=0.02,
    baseline_value=0.005,
    margin=0.2,
)
LCP = replace(
    SALES,
    name="vital:lcp_ms",
    kind="latency",
    claim="is slower (LCP)",
    is_lower_harm=False,
    canary_value=2600.0,
    baseline_value=2000.0,
    margin=0.05,
)

# Worse in its tail alone, and worse in what is spent alone.
TAIL = replace(LCP, canary_value=2010.0, canary_tail=9000.0, baseline_tail=6000.0)
SPENT = replace(SALES, name="kpi:order:value", kind="value", canary_value=0.2, canary_amount=30.0, baseline_amount=42.0)


def found(*metrics: MetricFinding) -> Verdict:
    return Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(),
        sentence="",
        decided_at=NOON,
        since=NOON,
        metrics=metrics,
    )


def since(metric: MetricFinding, sessions: int, value: float, beyond: float = 0.0) -> dict[str, FiguresSince]:
    return {metric.name: FiguresSince(name=metric.name, sessions=sessions, value=value, beyond=beyond)}


@pytest.mark.parametrize(
    ("metric", "sessions", "value", "beyond", "state"),
    [
        (SALES, 600, 0.201, 0, "recovered"),
        (SALES, 600, 0.24, 0, "recovered"),  # better than before is back, too
        (SALES, 600, 0.18, 0, "not_yet"),
        (SALES, 5000, 0.1, 0, "not_yet"),
        (SALES, 99, 0.2, 0, "too_few"),
        (SALES, 101, 0.197, 0, "recovered"),
        (ERRORS, 200, 0.005, 0, "too_few"),  # none or two errors: the canary's level can't be ruled out
        (ERRORS, 3000, 0.005, 0, "recovered"),
        (ERRORS, 3000, 0.019, 0, "not_yet"),
        (LCP, 800, 2040.0, 80, "recovered"),
        (LCP, 800, 2040.0, 190, "too_few"),
        (LCP, 800, 2590.0, 199, "not_yet"),
    ],
)
def test_what_is_back_what_is_not_and_what_nobody_can_tell(
    metric: MetricFinding, sessions: int, value: float, beyond: float, state: str
) -> None:
    assert judge_recovery(found(metric), since(metric, sessions, value, beyond)).state == state


@pytest.mark.parametrize(
    ("metric", "sessions", "second", "second_beyond", "state"),
    [
        (TAIL, 3000, 6100.0, 9, "recovered"),
        (TAIL, 3000, 6100.0, 27, "too_few"),  # as many beyond the canary's 99th percentile as it had
        (TAIL, 3000, 8900.0, 29, "not_yet"),
        (TAIL, 300, 6000.0, 0, "too_few"),  # none of 300 is no proof where one in a hundred was
        (SPENT, 400, 41.8, 100, "recovered"),
        (SPENT, 400, 41.8, 190, "too_few"),
        (SPENT, 400, 33.0, 160, "not_yet"),
        (SPENT, 99, 42.0, 10, "too_few"),
    ],
)
def test_a_tail_is_back_by_its_tail_and_what_is_spent_by_its_median(
    metric: MetricFinding, sessions: int, second: float, second_beyond: float, state: str
) -> None:
    figures = FiguresSince(
        name=metric.name,
        sessions=5000 if metric is SPENT else sessions,
        value=metric.baseline_value,
        beyond=1200.0,
        second=second,
        second_sessions=sessions if metric is SPENT else 0,
        second_beyond=second_beyond,
    )
    assert judge_recovery(found(metric), {metric.name: figures}).state == state


def test_a_kpi_that_is_bought_less_and_for_less_must_be_back_in_both() -> None:
    both = replace(SPENT, canary_value=0.1)
    figures = FiguresSince(
        name=both.name, sessions=2000, value=0.2, second=42.1, second_sessions=400, second_beyond=110
    )
    back = judge_recovery(found(both), {both.name: figures})
    assert back.state == "recovered"
    assert back.text == (
        "order 20.0 % in 2,000 sessions since then (1.4.2 had 20.0 %, 1.5.0 10.0 %); "
        "median order 42.10 in 400 sessions since then (1.4.2 had 42.00, 1.5.0 30.00)"
    )
    half = judge_recovery(found(both), {both.name: replace(figures, second=30.0, second_beyond=200)})
    assert half.state == "not_yet"
    assert half.text.endswith("median order is still −28.6 % off")


def test_all_that_was_worse_must_be_back_and_what_was_not_is_not_asked() -> None:
    verdict = found(SALES, ERRORS, replace(LCP, state="fine"))
    back = since(SALES, 2000, 0.2) | since(ERRORS, 2000, 0.005)
    assert judge_recovery(verdict, back).state == "recovered"
    assert judge_recovery(verdict, since(SALES, 2000, 0.2)).state == "too_few"
    assert judge_recovery(verdict, back | since(ERRORS, 2000, 0.018)).state == "not_yet"


def test_it_says_by_which_figures() -> None:
    said = judge_recovery(found(SALES, LCP), since(SALES, 2313, 0.1972) | since(LCP, 2300, 2011.4, 250))
    assert said.text == (
        "checkout_completed 19.7 % in 2,313 sessions since then (1.4.2 had 20.0 %, 1.5.0 10.0 %); "
        "LCP p75 2.01 s in 2,300 sessions since then (1.4.2 had 2.00 s, 1.5.0 2.60 s)"
    )
    few = judge_recovery(found(SALES), {})
    assert few.text.endswith(
        "of no session yet (1.4.2 had 20.0 %, 1.5.0 10.0 %): too few sessions to tell of checkout_completed"
    )
    off = judge_recovery(found(SALES), since(SALES, 3000, 0.15))
    assert off.text.endswith("checkout_completed is still −25.0 % off")


def test_a_rollback_without_figures_of_users_is_not_judged() -> None:
    journeys = replace(SALES, name="journeys", kind="journeys")
    for verdict in (found(), found(journeys), found(replace(SALES, canary_value=None))):
        assert judge_recovery(verdict, {}).state == "not_judged"


def test_what_stays_at_the_canarys_level_is_hardly_ever_called_back_in_a_day_of_looks() -> None:
    """The bound is that of 400 seeded days of 24 sessions a minute: 1 % with three standard errors."""
    chance = np.random.default_rng(11)
    verdict, days, called = found(replace(SALES, canary_value=0.19)), 400, 0
    for _ in range(days):
        sold = np.cumsum(chance.binomial(24 * 10, 0.19, 144))
        counts = np.arange(1, 145) * 240
        looks = zip(counts, sold, strict=True)
        called += any(judge_recovery(verdict, since(SALES, int(n), k / n)).state == "recovered" for n, k in looks)
    assert called / days <= 0.01 + 3 * (0.01 * 0.99 / days) ** 0.5
