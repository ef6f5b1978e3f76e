"""How often healthy releases are rolled back, on seeded simulations: ramps, drift, shared shocks, correlated sessions.

Short forms of bench/judgement: each bound is the promise plus two standard errors of the simulations that are run.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judgement.simulated import CONVERSION, ERRORS, LCP, Release, rules, simulate

from leadline.analysis.verdicts import GateRules, Judge
from leadline.analysis.verdicts.blocks import ShareBlocks
from leadline.analysis.verdicts.proportions import share_evidence

RUNS = 60
HEALTHY = Release(per_minute=60, minutes=720, ramp=((0, 0.01), (90, 0.1), (360, 0.5)), conversion=0.1, drift=0.5)


def rolled_back(release: Release, gate: GateRules, runs: int = RUNS) -> float:
    """The share of releases that were rolled back at any minute."""
    found = 0
    for seed in range(runs):
        judge = Judge(simulate(release, seed), gate)
        found += any(crossed.worse is not None for crossed in judge.crossings)
    return found / runs


def test_a_healthy_release_is_not_rolled_back_by_looking_every_minute() -> None:
    assert rolled_back(HEALTHY, rules()) <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / RUNS)


def test_nor_where_users_are_randomised_and_no_margin_stands_in_the_test() -> None:
    assert rolled_back(HEALTHY, rules(is_randomised=True)) <= 0.01 + 2 * np.sqrt(0.01 * 0.99 / RUNS)


def test_a_shift_of_devices_does_not_roll_back() -> None:
    shifted = replace(HEALTHY, mobile=0.6, canary_mobile=0.7)
    assert rolled_back(shifted, rules()) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)


def test_harmless_differences_between_cohorts_stay_within_the_margin() -> None:
    rng = np.random.default_rng(1)
    found = 0
    for seed in range(RUNS):
        lcp, conversion = 1 + rng.normal(0, 0.03), 1 + rng.normal(0, 0.02)
        judge = Judge(simulate(replace(HEALTHY, canary_lcp=lcp, canary_conversion=conversion), seed), rules())
        found += any(crossed.worse is not None for crossed in judge.crossings)
    assert found / RUNS <= 0.04 + 2 * np.sqrt(0.04 * 0.96 / RUNS)


@pytest.mark.parametrize("margin", [None, 0.02])
def test_a_ramp_under_drift_fools_nobody_block_by_block(margin: float | None) -> None:
    """300 healthy days of conversion alone, at the largest E of any minute."""
    alpha, runs = 0.05, 300
    rng = np.random.default_rng(2)
    minute = np.arange(1440)
    share = np.select([minute < 240, minute < 720], [0.01, 0.1], 0.5)
    rate = 0.03 * (1 + 0.5 * np.sin(2 * np.pi * minute / 1440))
    crossed = 0
    for _ in range(runs):
        na, nb = rng.poisson(200 * share), rng.poisson(200 * (1 - share))
        counts = [part.astype(np.float64) for part in (rng.binomial(na, rate), na, rng.binomial(nb, rate), nb)]
        blocks = ShareBlocks(
            minute=minute,
            stratum=np.zeros(1440, dtype=np.int64),
            ka=counts[0],
            na=counts[1],
            kb=counts[2],
            nb=counts[3],
        )
        log_e = share_evidence(blocks, mde=0.08, is_lower_harm=True, margin=margin)
        crossed += bool(log_e.max() >= -np.log(alpha))
    assert crossed / runs <= alpha


def test_real_harm_is_found_as_soon_as_was_planned() -> None:
    """The other side of the coin: conversion -8 % of 30 %, by 3,000 canary sessions in the median (alpha 0.05)."""
    release = Release(
        conversion=0.3,
        canary_conversion=0.92,
        ramp=((0, 0.1),),
        per_minute=1000,
        minutes=120,
        drift=0.0,
        shock=0.0,
        mobile=0.0,
        with_latency=False,
        metrics=("kpi:checkout_completed",),
    )
    needed = []
    for seed in range(60):
        blocks = simulate(release, seed).metric("kpi:checkout_completed").shares
        log_e = share_evidence(blocks, mde=0.08, is_lower_harm=True, margin=None)
        at = int(np.argmax(log_e >= np.log(20))) if bool((log_e >= np.log(20)).any()) else -1
        needed.append(float(np.cumsum(blocks.na)[at]) if at >= 0 else np.inf)
    assert np.median(needed) <= 3_500


def test_weights_of_the_default_metrics_keep_the_family_below_alpha() -> None:
    gate = rules(CONVERSION, ERRORS, LCP)
    assert sum(np.exp(-gate.log_e_to_roll_back(rule)) for rule in gate.metrics) == pytest.approx(0.01)
