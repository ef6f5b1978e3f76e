"""What earlier looks worked out is gone on from: each look says what a fresh one says, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from judgement.simulated import CONVERSION, ERRORS, LCP, REVENUE, Release, rules, simulate

from leadline.analysis.verdicts import Evidence, Judge, MetricEvidence, Worked

RELEASE = Release(minutes=160, conversion=0.3, canary_lcp=1.1, ramp=((0, 0.1), (40, 0.5)), per_minute=30)
RULES = rules(CONVERSION, ERRORS, LCP, REVENUE)


def whole(seed: int) -> Evidence:
    """With a KPI's values; its thresholds are the evidence's own first values where the reference is empty."""
    evidence = simulate(RELEASE, seed)
    conversion, errors, lcp = evidence.metrics
    value = MetricEvidence(name=REVENUE.name, shares=conversion.shares, bins=lcp.bins)
    return replace(evidence, metrics=(conversion, errors, replace(lcp, reference=np.zeros_like(lcp.reference)), value))


def upto(evidence: Evidence, minute: int) -> Evidence:
    metrics = tuple(
        replace(metric, shares=metric.shares.upto(minute), bins=metric.bins.upto(minute)) for metric in evidence.metrics
    )
    return replace(evidence, until=minute, metrics=metrics)


def assert_same(one: Judge, other: Judge) -> None:
    for left, right in zip(one.traces, other.traces, strict=True):
        assert left.log_e.tobytes() == right.log_e.tobytes(), left.rule.name
        assert left.by_segment.keys() == right.by_segment.keys()
        for name, log_e in left.by_segment.items():
            assert log_e.tobytes() == right.by_segment[name].tobytes(), (left.rule.name, name)


def test_looks_one_after_the_other_say_what_fresh_ones_say() -> None:
    evidence, worked = whole(3), Worked()
    for minutes in (1, 2, 3, 10, 11, 40, 90, 91, 160):
        seen = upto(evidence, evidence.since + minutes - 1)
        assert_same(Judge(seen, RULES, worked), Judge(seen, RULES))
    assert worked.mixed
    assert worked.values


def test_a_look_back_or_by_other_rules_is_not_mixed_up_with_what_is_known() -> None:
    evidence, worked = whole(4), Worked()
    Judge(evidence, RULES, worked)
    early = upto(evidence, evidence.since + 50)
    assert_same(Judge(early, RULES, worked), Judge(early, RULES))
    stricter = replace(RULES, is_randomised=True, alpha=0.001)
    assert_same(Judge(evidence, stricter, worked), Judge(evidence, stricter))
    plain = replace(RULES, segments=())
    assert_same(Judge(evidence, plain, worked), Judge(evidence, plain))
    assert_same(Judge(evidence, RULES, worked), Judge(evidence, RULES))


def test_a_metric_that_has_its_first_values_late_is_gone_on_from() -> None:
    evidence, worked = whole(5), Worked()
    late = tuple(replace(metric, bins=metric.bins.after(evidence.since + 20)) for metric in evidence.metrics)
    evidence = replace(evidence, metrics=late)
    for minutes in (5, 20, 22, 30, 160):
        seen = upto(evidence, evidence.since + minutes - 1)
        assert_same(Judge(seen, RULES, worked), Judge(seen, RULES))
