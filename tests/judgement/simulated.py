"""Simulated releases: traffic with a daily curve, a ramp, drift, shared shocks and heavy tails, as evidence of a judge.

Seeded; the same seed makes the same release. Sessions are drawn one by one where their values matter (latency), and as
counts by minute and device where they don't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leadline.analysis.verdicts import Arrivals, Evidence, GateRules, MetricEvidence, MetricRule, Pairs
from leadline.analysis.verdicts.bins import BINS, bin_of
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks

START = 29_900_000  # minutes since 1970: in November 2026
DEVICES = (("desktop",), ("mobile",))

CONVERSION = MetricRule(
    name="kpi:checkout_completed",
    kind="share",
    is_lower_harm=True,
    mde=0.08,
    margin=0.02,
    promote_margin=0.03,
    weight=3,
    within_s=1800,
    is_required=True,
)
ERRORS = MetricRule(
    name="errors",
    kind="share",
    is_lower_harm=False,
    mde=0.7,
    margin=0.2,
    promote_margin=0.5,
    weight=1,
    within_s=60,
    min_events=20,
)
LCP = MetricRule(
    name="vital:lcp_ms",
    kind="latency",
    is_lower_harm=False,
    mde=0.1,
    margin=0.05,
    promote_margin=0.1,
    weight=1,
    within_s=300,
)
REVENUE = replace(CONVERSION, name="kpi:checkout_completed:value", kind="value")
JOURNEYS = MetricRule(
    name="journeys",
    kind="journeys",
    is_lower_harm=False,
    mde=0.7,
    margin=0,
    promote_margin=0.5,
    weight=1,
    within_s=60,
)


def rules(*metrics: MetricRule, **changed: object) -> GateRules:
    """The default gate with these metrics."""
    gate = GateRules(
        alpha=0.01,
        alpha_pause=0.05,
        min_sessions=500,
        bake_minutes=60,
        max_bake_minutes=1440,
        is_randomised=False,
        segments=("device_type",),
        metrics=metrics or (CONVERSION, ERRORS, LCP),
    )
    return replace(gate, **changed)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Release:
    """What differs between the arms; the defaults are a healthy release of a shop with 100 sessions a minute."""

    minutes: int = 1440
    per_minute: float = 100.0
    ramp: Sequence[tuple[int, float]] = ((0, 0.01), (120, 0.1), (600, 0.5))
    conversion: float = 0.03
    errors: float = 0.005
    lcp_ms: float = 1800.0
    spread: float = 0.6  # of the logarithm
    drift: float = 0.3  # of the conversion over the day, and of the latency
    shock: float = 0.1  # of a minute, shared by both arms
    canary_conversion: float = 1.0  # ratios
    canary_errors: float = 1.0
    canary_lcp: float = 1.0
    canary_tail: float = 1.0  # of the slowest tenth
    mobile: float = 0.6  # share of sessions
    canary_mobile: float | None = None
    mobile_conversion: float = 0.6  # ratio to desktop's
    mobile_only_conversion: float = 1.0  # of the canary, on mobile only
    lost_from: int | None = None  # from this minute on nothing of the canary arrives
    silent_from: int | None = None  # nor of the baseline
    with_latency: bool = True
    metrics: tuple[str, ...] = field(default=("kpi:checkout_completed", "errors", "vital:lcp_ms"))


def simulate(release: Release, seed: int) -> Evidence:
    """The evidence as it stands after the release's last minute."""
    rng = np.random.default_rng(seed)
    minute = np.arange(release.minutes)
    day = np.sin(2 * np.pi * minute / 1440)
    share = np.zeros(release.minutes)
    for start, part in release.ramp:
        share[minute >= start] = part
    traffic = release.per_minute * (1 + 0.6 * day)
    shock = np.exp(rng.normal(0, release.shock, release.minutes))
    rate = np.clip(release.conversion * (1 + release.drift * np.roll(day, 200)) * shock, 0, 0.95)
    error_rate = np.clip(release.errors * np.exp(rng.normal(0, release.shock, release.minutes)), 0, 0.95)
    level = np.log(release.lcp_ms) + release.drift * 0.3 * day + rng.normal(0, release.shock / 3, release.minutes)
    arms = []
    for is_canary in (True, False):
        sent = np.ones(release.minutes)
        if release.silent_from is not None:
            sent[release.silent_from :] = 0
        if is_canary and release.lost_from is not None:
            sent[release.lost_from :] = 0
        sessions = traffic * (share if is_canary else 1 - share) * sent
        mobile = release.canary_mobile if is_canary and release.canary_mobile is not None else release.mobile
        arms.append([rng.poisson(sessions * part) for part in (1 - mobile, mobile)])
    shares: dict[str, list[Floats]] = {"conversion": [], "errors": []}
    for place in range(2):
        na, nb = arms[0][place], arms[1][place]
        base = rate * (release.mobile_conversion if place else 1.0)
        ratio = release.canary_conversion * (release.mobile_only_conversion if place else 1.0)
        shares["conversion"].append(_counts(rng, na, nb, np.clip(base * ratio, 0, 1), base))
        shares["errors"].append(_counts(rng, na, nb, np.clip(error_rate * release.canary_errors, 0, 1), error_rate))
    metrics = [
        MetricEvidence(name="kpi:checkout_completed", shares=_blocks(shares["conversion"])),
        MetricEvidence(name="errors", shares=_blocks(shares["errors"])),
    ]
    if release.with_latency:
        metrics.append(_latency(rng, release, arms, level))
    total = [sum(parts) for parts in arms]
    return Evidence(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        since=START,
        until=START + release.minutes - 1,
        anchor="deployment",
        strata=DEVICES,
        browsers=("Chrome",),
        arrivals=Arrivals(
            minute=START + minute,
            browser=np.zeros(release.minutes, dtype=np.int64),
            na=np.asarray(total[0], dtype=np.float64),
            nb=np.asarray(total[1], dtype=np.float64),
        ),
        metrics=tuple(metric for metric in metrics if metric.name in release.metrics),
        pairs=no_pairs(),
        is_registered=True,
        are_networks_known=False,
    )


def no_pairs() -> Pairs:
    return Pairs(minute=np.zeros(0, dtype=np.int64), canary_failed=np.zeros(0), baseline_failed=np.zeros(0))


def _counts(rng: np.random.Generator, na: Ints, nb: Ints, canary: Floats, baseline: Floats) -> Floats:
    return np.stack([rng.binomial(na, canary), na, rng.binomial(nb, baseline), nb]).astype(np.float64)


def _blocks(by_stratum: list[Floats]) -> ShareBlocks:
    minutes = by_stratum[0].shape[1]
    table = np.stack(by_stratum, axis=2).reshape(4, -1)  # minute by minute, stratum by stratum
    return ShareBlocks(
        minute=START + np.repeat(np.arange(minutes), len(by_stratum)),
        stratum=np.tile(np.arange(len(by_stratum)), minutes),
        ka=table[0],
        na=table[1],
        kb=table[2],
        nb=table[3],
    )


def _latency(rng: np.random.Generator, release: Release, arms: list[list[Ints]], level: Floats) -> MetricEvidence:
    keys, weights = [], []
    for arm, by_stratum in enumerate(arms):
        for stratum, n in enumerate(by_stratum):
            owner = np.repeat(np.arange(release.minutes), n)
            tail = rng.random(owner.size) < 0.1
            logs = level[owner] + rng.normal(0, release.spread, owner.size) + tail * rng.exponential(0.8, owner.size)
            if arm == 0:
                logs += np.log(release.canary_lcp) + tail * np.log(release.canary_tail)
            keys.append((owner * 2 + stratum) * BINS + bin_of(np.exp(logs)))
            weights.append(np.full(owner.size, arm))
    key, is_baseline = np.concatenate(keys), np.concatenate(weights)
    found, place = np.unique(key, return_inverse=True)
    canary = np.bincount(place, is_baseline == 0, found.size).astype(np.float64)
    baseline = np.bincount(place, is_baseline == 1, found.size).astype(np.float64)
    reference = np.zeros(BINS)
    before = bin_of(np.exp(np.log(release.lcp_ms) + rng.normal(0, release.spread, 5000)))
    np.add.at(reference, before, 1)
    bins = BinBlocks(
        minute=START + found // BINS // 2,
        stratum=found // BINS % 2,
        bin=found % BINS,
        canary=canary,
        baseline=baseline,
    )
    return MetricEvidence(name="vital:lcp_ms", bins=bins, reference=reference)
