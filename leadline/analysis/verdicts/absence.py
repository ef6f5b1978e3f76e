"""Is data missing? A broken canary and a broken pipeline look alike in every rate: there is nothing that could be bad.

They are told apart by which side is silent: the canary alone while the baseline reports, the baseline alone, or both.
A canary whose share is raised does not make the baseline missing, nor does a minute between two sessions.
Missing data never counts as success.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.verdicts.blocks import Floats
from leadline.model.verdicts import ReasonCode

# As many expected sessions must be missing: a Poisson count of 20 is 2 or less once in two million minutes.
EXPECTED = 20.0
MISSING_PART = 0.1
# The newest minutes to check, and the earlier ones that give the expected count.
WINDOWS = (5, 10, 15, 30, 60, 120, 240, 480, 720)
BEFORE = (60, 1440)

FINE = 0
CODES: tuple[ReasonCode | None, ...] = (
    None,
    "baseline_empty",
    "canary_empty",
    "baseline_missing",
    "canary_missing",
    "both_missing",
)


def absence(canary: Floats, baseline: Floats, *, declared: Floats | None = None) -> NDArray[np.int64]:
    """For each minute, a place in CODES: what is missing at its end. Counts are sessions that started in the minute.

    `declared` is the canary's declared share in each minute, or nan.
    """
    sums_a, sums_b = np.concatenate(([0.0], np.cumsum(canary))), np.concatenate(([0.0], np.cumsum(baseline)))
    ends = np.arange(1, canary.size + 1)
    found = np.zeros(canary.size, dtype=np.int64)
    for window in WINDOWS:
        starts = np.maximum(ends - window, 0)
        a, b = sums_a[ends] - sums_a[starts], sums_b[ends] - sums_b[starts]
        for reference in BEFORE:
            first = np.maximum(starts - reference, 0)
            a_before, b_before = sums_a[starts] - sums_a[first], sums_b[starts] - sums_b[first]
            knows = (a_before >= EXPECTED) & (b_before >= EXPECTED)
            passed = (ends - starts) / np.maximum(starts - first, 1)
            expected_a = _expected(b, a_before, b_before, knows)
            found = np.where((found == 0) & (expected_a >= EXPECTED) & (a <= MISSING_PART * expected_a), 4, found)
            expected_b = _expected(a, b_before, a_before, knows)
            usual_b = b_before * passed if reference == BEFORE[0] else _by_share(b, a, b_before, a_before)
            least_b = np.minimum(expected_b, usual_b)
            found = np.where((found == 0) & (expected_b >= EXPECTED) & (b <= MISSING_PART * least_b), 3, found)
    for code, own, other in ((4, canary, baseline), (3, baseline, canary)):
        missing = np.minimum(_silence(own, of=other), _silence(own, of=None))
        found = np.where((found == 0) & (missing >= EXPECTED), code, found)
    found = np.where(_silence(canary + baseline, of=None) >= EXPECTED, 5, found)
    if declared is not None:
        found = np.where((found == 0) & _below_declared(canary, baseline, declared), 4, found)
    found = np.where(sums_a[ends] == 0, 2, found)
    return np.where(sums_b[ends] == 0, 1, found)


def _expected(other: Floats, own_before: Floats, other_before: Floats, knows: NDArray[np.bool_]) -> Floats:
    """How many sessions an arm would have beside those of the other arm, at their ratio before; 0 if not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(knows, other * own_before / other_before, 0.0))


def _by_share(own: Floats, other: Floats, own_before: Floats, other_before: Floats) -> Floats:
    """How many sessions an arm would have at its share before, of as many as both have now.

    The ratio of the arms alone would call a baseline missing whose canary went from 1 % to 50 %. Over an hour the
    baseline is also compared with itself; over a day that would call every night missing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num((own + other) * own_before / (own_before + other_before)))


def _silence(counts: Floats, *, of: Floats | None) -> Floats:
    """How many sessions are missing since the last one, by the 60 minutes up to it; `of`: what to measure them by.

    Without `of`, by the time that has gone since. An arm is silent by both: beside a canary with one session an hour,
    every minute without a baseline session would look like silence.
    """
    places = np.arange(counts.size)
    last = np.maximum.accumulate(np.where(counts > 0, places, -1))
    first = np.maximum(last - BEFORE[0] + 1, 0)
    clock = np.ones(counts.size) if of is None else of
    sums, passed = np.concatenate(([0.0], np.cumsum(counts))), np.concatenate(([0.0], np.cumsum(clock)))
    before, measured = sums[last + 1] - sums[first], passed[last + 1] - passed[first]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where((last >= 0) & (before >= EXPECTED) & (measured > 0), before / measured, 0.0)
    return np.asarray(rate * (passed[places + 1] - passed[last + 1]))


def _below_declared(canary: Floats, baseline: Floats, declared: Floats) -> NDArray[np.bool_]:
    """Whether the canary never got going: since its share was declared, far fewer sessions than that share."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(np.isfinite(declared) & (declared < 1), declared / (1 - declared), 0.0)
    expected = np.cumsum(baseline * odds)
    return np.asarray((expected >= EXPECTED) & (np.cumsum(canary) <= MISSING_PART * expected))
