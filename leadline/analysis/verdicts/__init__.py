"""Judging a canary against the live baseline: evidence in, verdict out, the same for the same input.

Looked at every minute for a day, a healthy release is rolled back with probability alpha at most. It does not use
means with thresholds, tests on page views or pooled counts: each raises false alarms (bench/judgement).
"""

from leadline.analysis.verdicts.bundle import BundleInvalid, Recomputed, make_bundle, recompute
from leadline.analysis.verdicts.decision import Judge, judge_release
from leadline.analysis.verdicts.evidence import Arrivals, Evidence, MetricEvidence, Pairs, RoutedMetric
from leadline.analysis.verdicts.sample_sizes import PlanRow, plan
from leadline.analysis.verdicts.worked import Worked
from leadline.model.gates import GateRules, MetricRule, StageSpan

__all__ = [
    "Arrivals",
    "BundleInvalid",
    "Evidence",
    "GateRules",
    "Judge",
    "MetricEvidence",
    "MetricRule",
    "Pairs",
    "PlanRow",
    "Recomputed",
    "RoutedMetric",
    "StageSpan",
    "Worked",
    "judge_release",
    "make_bundle",
    "plan",
    "recompute",
]
