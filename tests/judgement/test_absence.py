"""Which arm's sessions are missing, on made-up days: silence is found; ramps and thin traffic don't look like it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from leadline.analysis.verdicts.absence import CODES, absence
from leadline.analysis.verdicts.blocks import Floats

DAY = 1440
BAKED = 100  # minutes until both arms of a busy day have come
RAMP = ((0, 0.01), (240, 0.1), (600, 0.5))


def day(rate: float, ramp: Sequence[tuple[int, float]], seed: int) -> tuple[Floats, Floats]:
    """Sessions of each minute, canary and baseline; a quarter as many at night."""
    rng = np.random.default_rng(seed)
    traffic = rate * (1 + 0.6 * np.sin(2 * np.pi * np.arange(DAY) / DAY))
    share = np.zeros(DAY)
    for begins, part in ramp:
        share[begins:] = part
    return rng.poisson(traffic * share).astype(float), rng.poisson(traffic * (1 - share)).astype(float)


def missing(canary: Floats, baseline: Floats, since: int = BAKED) -> dict[str, int]:
    """In how many minutes what was missing."""
    codes = [CODES[place] for place in absence(canary, baseline)[since:].tolist()]
    return {code: codes.count(code) for code in set(codes) if code is not None and code.endswith("missing")}


@pytest.mark.parametrize("rate", [5, 50, 500])
@pytest.mark.parametrize("ramp", [RAMP, ((0, 0.01), (100, 0.12)), ((0, 0.01), (700, 0.5))])
def test_a_share_that_is_raised_makes_no_baseline_missing(rate: float, ramp: Sequence[tuple[int, float]]) -> None:
    found = [sum(missing(*day(rate, ramp, seed)).values()) for seed in range(5)]
    assert sum(found) <= 30  # of 6,700 minutes, at the thinnest; by the ratio of the arms alone it was hundreds


def test_a_quiet_minute_beside_a_rare_canary_is_no_silence() -> None:
    found = [sum(missing(*day(0.5, ((0, 0.1),), seed)).values()) for seed in range(20)]
    assert sum(found) <= 100  # of 26,800 minutes; by the ratio of the arms alone it was 535


@pytest.mark.parametrize("share", [0.05, 0.5])
@pytest.mark.parametrize(("arm", "code"), [("canary", "canary_missing"), ("baseline", "baseline_missing")])
def test_an_arm_that_falls_silent_is_missing_until_the_end(share: float, arm: str, code: str) -> None:
    canary, baseline = day(50, ((0, share),), seed=1)
    (canary if arm == "canary" else baseline)[700:] = 0
    found = absence(canary, baseline)
    assert {CODES[place] for place in found[740:].tolist()} <= {code, "both_missing"}
    assert missing(canary, baseline, since=740)[code] > 600


def test_a_baseline_that_falls_silent_after_a_ramp_is_missing() -> None:
    canary, baseline = day(50, RAMP, seed=2)
    baseline[900:] = 0
    assert missing(canary, baseline)["baseline_missing"] >= DAY - 900 - 5
