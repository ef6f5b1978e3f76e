"""A metric by segment: where it differs, between which bounds, and a warning where the totals say the opposite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judgement.simulated import CONVERSION, ERRORS, LCP, START, Release, rules, simulate

from leadline.analysis.verdicts import Judge, MetricEvidence, RoutedMetric, make_bundle, recompute
from leadline.analysis.verdicts.bins import bin_of
from leadline.analysis.verdicts.blocks import bin_blocks, share_blocks
from leadline.analysis.verdicts.drilldown import drill_down
from leadline.model.drilldown import DrillDown
from leadline.model.gates import MetricRule

Counts = tuple[float, float, float, float]  # ka, na, kb, nb


def shares(rule: MetricRule, by_segment: dict[str, Counts], *, minutes: int = 60) -> DrillDown:
    """The counts of each segment, spread over an hour of minutes."""
    return drill_down(_shares(rule, by_segment, minutes), rule, list(by_segment), by="device_type")


def _shares(rule: MetricRule, by_segment: dict[str, Counts], minutes: int = 60) -> MetricEvidence:
    rows = [
        (START // 60 * 60 + m, place, *(count / minutes for count in counts))
        for place, counts in enumerate(by_segment.values())
        for m in range(minutes)
    ]
    return MetricEvidence(name=rule.name, shares=share_blocks(rows))


def slow(by_segment: dict[str, tuple[float, float]], *, canary_n: float = 400, n: float = 400) -> MetricEvidence:
    """Values around the median of canary and baseline in each segment."""
    spread = np.exp(np.linspace(-0.8, 0.8, 41))
    rows = [
        (START // 60 * 60, place, int(bin_), (a * canary_n / 41), (b * n / 41))
        for place, (canary, baseline) in enumerate(by_segment.values())
        for bin_, a, b in _cells(bin_of(canary * spread), bin_of(baseline * spread))
    ]
    return MetricEvidence(name="vital:lcp_ms", bins=bin_blocks(rows))


def _cells(canary: np.ndarray, baseline: np.ndarray) -> list[tuple[int, int, int]]:
    found = sorted(set(canary.tolist()) | set(baseline.tolist()))
    return [(bin_, int((canary == bin_).sum()), int((baseline == bin_).sum())) for bin_ in found]


def test_each_segment_has_its_difference_and_its_bounds() -> None:
    found = shares(CONVERSION, {"mobile": (300, 2000, 600, 2000), "desktop": (200, 1000, 198, 1000)})
    mobile, desktop = found.segments
    assert (mobile.segment, mobile.canary_value, mobile.baseline_value) == ("mobile", 0.15, 0.3)
    assert mobile.difference_ratio == pytest.approx(-0.5)
    assert mobile.low_ratio is not None
    assert mobile.low_ratio < -0.5 < mobile.high_ratio < 0
    assert (mobile.is_apart, desktop.is_apart) == (True, False)
    assert (found.worst, found.warning) == ("mobile", None)


def test_swapping_the_arms_mirrors_the_difference() -> None:
    one = shares(ERRORS, {"a": (30, 500, 20, 500), "b": (9, 300, 12, 300)}).segments
    other = shares(ERRORS, {"a": (20, 500, 30, 500), "b": (12, 300, 9, 300)}).segments
    for left, right in zip(one, other, strict=True):
        assert left.canary_value - left.baseline_value == pytest.approx(right.baseline_value - right.canary_value)  # type: ignore[operator]


def test_totals_that_say_the_opposite_of_every_segment_are_warned_of() -> None:
    """The counts of the kidney stones (Charig et al., BMJ 292, 1986)."""
    found = shares(CONVERSION, {"small": (81, 87, 234, 270), "large": (192, 263, 55, 80)})
    assert found.pooled_difference_ratio == pytest.approx(0.78 / (289 / 350) - 1)
    assert found.difference_ratio is not None
    assert found.difference_ratio > 0
    assert found.warning == (
        "The plain totals of checkout_completed say the opposite (−5.5 %) of like with like (+6.9 %): canary "
        "and baseline had different hours or users. It is higher in 2 of 2 device types."
    )


def test_totals_that_agree_or_differ_by_chance_are_not_warned_of() -> None:
    assert shares(CONVERSION, {"small": (81, 87, 234, 270), "large": (150, 263, 55, 80)}).warning is None
    healthy = simulate(Release(minutes=120, conversion=0.1, ramp=((0, 0.5),)), 4).metric(CONVERSION.name)
    assert drill_down(healthy, CONVERSION, ["desktop", "mobile"], by="device_type").warning is None


def test_a_mix_that_hides_a_slower_canary_is_warned_of() -> None:
    few, many = slow({"fast": (900, 800), "slow": (4400, 4000)}), None
    b = few.bins
    is_fast = b.stratum == 0
    many = replace(few, bins=replace(b, canary=np.where(is_fast, b.canary * 9, b.canary)))
    many = replace(many, bins=replace(many.bins, baseline=np.where(is_fast, b.baseline, b.baseline * 9)))
    found = drill_down(many, LCP, ["fast", "slow"], by="browser_name")
    assert found.pooled_difference_ratio is not None
    assert found.pooled_difference_ratio < -0.2
    assert found.warning is not None
    assert found.warning.endswith("It is higher in 2 of 2 browsers.")


def test_a_segment_where_the_baseline_never_failed_is_still_the_worst() -> None:
    found = shares(ERRORS, {"/": (10, 2000, 10, 2000), "/checkout": (120, 400, 0, 400)})
    assert found.worst == "/checkout"
    assert found.segments[1].difference_ratio is None
    assert found.segments[1].is_apart


def test_harm_everywhere_alike_names_no_segment() -> None:
    found = shares(ERRORS, {"/": (400, 2000, 100, 2000), "/checkout": (400, 2000, 100, 2000)})
    assert found.worst is None
    assert all(one.is_apart for one in found.segments)


def test_a_few_sessions_name_no_segment() -> None:
    assert shares(ERRORS, {"/": (10, 2000, 10, 2000), "/rare": (20, 20, 0, 20)}).worst is None


def test_a_segment_that_only_one_arm_has_says_nothing() -> None:
    found = shares(CONVERSION, {"mobile": (30, 100, 30, 100), "tablet": (5, 10, 0, 0)})
    assert found.segments[1].canary_sessions == 10
    assert found.segments[1].difference_ratio is None
    assert not found.segments[1].is_apart


def test_the_most_visited_come_first_and_the_rest_is_counted() -> None:
    found = shares(ERRORS, {f"/r{n:02}": (0, 10 + n, 0, 10) for n in range(60)}, minutes=1)
    assert [one.segment for one in found.segments][:2] == ["/r59", "/r58"]
    assert (len(found.segments), found.more_segments) == (50, 10)


def test_the_order_of_segments_and_hours_does_not_matter() -> None:
    counts: dict[str, Counts] = {"a": (30, 500, 20, 500), "b": (9, 300, 12, 300), "c": (1, 70, 2, 60)}
    assert shares(ERRORS, counts) == shares(ERRORS, dict(reversed(counts.items())))


def test_the_verdict_names_the_route_that_hurts_and_its_bundle_says_so_again() -> None:
    evidence = simulate(Release(minutes=300, conversion=0.3, errors=0.01, canary_errors=4.0, ramp=((0, 0.5),)), 2)
    routed = RoutedMetric(
        metric=_shares(ERRORS, {"/": (30, 9000, 30, 9000), "/checkout": (300, 3000, 30, 3000)}),
        routes=("/", "/checkout"),
    )
    evidence = replace(evidence, are_networks_known=True, trimmed=evidence.metrics)
    judge = Judge(evidence, rules())
    assert judge.metrics_by_route() == ["errors"]
    judge = judge.with_routes((routed,))
    found = judge.at(evidence.until)
    [errors] = [one for one in found.metrics if one.name == "errors"]
    assert (errors.route, errors.route_difference_ratio) == ("/checkout", pytest.approx(9.0))
    assert "most of all on /checkout (+900 %)" in found.sentence
    assert recompute(make_bundle(judge, code_version="1")).differences == ()
    assert judge.at(evidence.since).metrics[1].route is None  # not yet worse


def test_a_canary_whose_totals_say_the_opposite_has_the_warning_in_its_sentence() -> None:
    evidence = simulate(
        Release(minutes=400, conversion=0.3, canary_conversion=0.85, canary_mobile=0.1, mobile=0.9, ramp=((0, 0.5),)), 2
    )
    found = Judge(evidence, rules()).at(evidence.until)
    [kpi] = [one for one in found.metrics if one.name == CONVERSION.name]
    assert kpi.warning is not None
    assert "say the opposite (+" in kpi.warning
    assert kpi.warning in found.sentence
