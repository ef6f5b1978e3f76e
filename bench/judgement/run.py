"""How fast real harm is found, how often healthy releases are rolled back, beside what people use today.

    python bench/judgement/run.py [--runs 200] [--report FILE]

Seeded simulations: a ramp from 1 to 50 %, daily drift, shared shocks, heavy tails; one value per session. The peers
see the same releases: Kayenta's Mann-Whitney on minutes (confidence 0.98, tolerance 0.25) once an hour, Mann-Whitney on
all sessions and a z-test on pooled counts every hour, both at 0.05.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from judgement.simulated import CONVERSION, ERRORS, LCP, Release, rules, simulate

from leadline.analysis.verdicts import Evidence, Judge
from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.exceedance import exceedance_log_e, frozen_thresholds
from leadline.analysis.verdicts.proportions import share_evidence
from leadline.analysis.verdicts.ranks import mixture_width, rank_blocks, rank_log_e
from leadline.analysis.verdicts.sample_ratio import ALPHA, sample_ratio_log_e

FLAT = Release(ramp=((0, 0.1),), drift=0.0, shock=0.0, mobile=0.0, per_minute=1000)
HEALTHY = Release(per_minute=100)


def first(reached: np.ndarray, sessions: np.ndarray) -> float:
    """Canary sessions until the evidence sufficed; infinite where it never did."""
    return float(sessions[int(np.argmax(reached))]) if bool(reached.any()) else math.inf


def detect_share(release: Release, metric: str, runs: int, alpha: float, *, mde: float, is_lower_harm: bool) -> str:
    needed = []
    for seed in range(runs):
        blocks = simulate(replace(release, metrics=(metric,), with_latency=False), seed).metric(metric).shares
        log_e = share_evidence(blocks, mde=mde, is_lower_harm=is_lower_harm, margin=None)
        needed.append(first(log_e >= -math.log(alpha), np.cumsum(blocks.na)))
    return spread(needed)


def detect_latency(release: Release, runs: int, *, shift: int) -> str:
    needed = []
    for seed in range(runs):
        metric = simulate(replace(release, metrics=("vital:lcp_ms",)), seed).metric("vital:lcp_ms")
        blocks = rank_blocks(metric.bins, shift=shift, thresholds=frozen_thresholds(metric.reference, vital="lcp_ms"))
        body = rank_log_e(np.cumsum(blocks.s), np.cumsum(blocks.v), mixture_width(0.05))
        log_e = np.logaddexp(body, exceedance_log_e(blocks)) - math.log(2)
        needed.append(first(log_e >= math.log(20), np.cumsum(blocks.na)))
    return spread(needed)


def spread(needed: list[float]) -> str:
    median, late = (float(np.quantile(needed, q, method="higher")) for q in (0.5, 0.8))
    return f"{median / 1000:,.1f} k ({late / 1000:,.1f} k)"


def rolled_back(release: Release, runs: int, **gate: object) -> tuple[float, dict[str, float]]:
    """The share of releases that were rolled back at any minute, and by the peers."""
    ours, peers = 0, {"Kayenta": 0, "Mann-Whitney": 0, "z-test": 0}
    for seed in range(runs):
        evidence = simulate(release, seed)
        judge = Judge(evidence, rules(CONVERSION, ERRORS, LCP, **gate))
        ours += any(crossed.worse is not None for crossed in judge.crossings)
        for name, cries in (("Kayenta", kayenta), ("Mann-Whitney", mann_whitney), ("z-test", z_test)):
            peers[name] += cries(evidence)
    return ours / runs, {name: count / runs for name, count in peers.items()}


def minutes_of(evidence: Evidence, metric: str) -> np.ndarray:
    """Per minute ka, na, kb, nb of all devices together."""
    blocks = evidence.metric(metric).shares
    place = blocks.minute - evidence.since
    size = evidence.until - evidence.since + 1
    return np.stack([np.bincount(place, part, size) for part in (blocks.ka, blocks.na, blocks.kb, blocks.nb)])


def kayenta(evidence: Evidence) -> bool:
    """NetflixACAJudge's Mann-Whitney on the last hour's minutes, at each hour in which both arms are about as large.

    Its authors ask for a baseline of the canary's size: with a tenth of the sessions, most of the canary's minutes have
    a rate of 0, and it always looks lower.
    """
    for metric, is_lower_harm in ((CONVERSION.name, True), (ERRORS.name, False)):
        ka, na, kb, nb = minutes_of(evidence, metric)
        for end in range(60, ka.size + 1, 60):
            a, b = na[end - 60 : end], nb[end - 60 : end]
            both = (a > 0) & (b > 0)
            if both.sum() < 30 or not 0.67 < a.sum() / b.sum() < 1.5:
                continue
            x, y = (ka[end - 60 : end] / np.maximum(a, 1))[both], (kb[end - 60 : end] / np.maximum(b, 1))[both]
            differences = np.sort((x[:, None] - y[None, :]).ravel())
            half = stats.norm.ppf(0.99) * math.sqrt(x.size * y.size * (x.size + y.size + 1) / 12)
            place = round(x.size * y.size / 2 - half)
            low, high = differences[max(place, 0)], differences[min(x.size * y.size - 1 - place, differences.size - 1)]
            tolerated = 0.25 * abs(float(np.median(differences)))
            if (is_lower_harm and high < -tolerated) or (not is_lower_harm and low > tolerated):
                return True
    return False


def mann_whitney(evidence: Evidence) -> bool:
    """On all values so far, every hour, one-sided at 0.05."""
    bins = evidence.metric(LCP.name).bins
    place = bins.minute - evidence.since
    for end in range(60, evidence.until - evidence.since + 2, 60):
        seen = place < end
        canary = np.bincount(bins.bin[seen], bins.canary[seen], BINS)
        baseline = np.bincount(bins.bin[seen], bins.baseline[seen], BINS)
        m, n = canary.sum(), baseline.sum()
        if m < 100:
            continue
        u = (canary * (np.cumsum(baseline) - baseline / 2)).sum()
        if (u - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12) > stats.norm.ppf(0.95):
            return True
    return False


def z_test(evidence: Evidence) -> bool:
    """On pooled counts of conversion, every hour, one-sided at 0.05."""
    ka, na, kb, nb = np.cumsum(minutes_of(evidence, CONVERSION.name), axis=1)
    for end in range(59, ka.size, 60):
        if na[end] < 100:
            continue
        p = (ka[end] + kb[end]) / (na[end] + nb[end])
        error = math.sqrt(p * (1 - p) * (1 / na[end] + 1 / nb[end])) if 0 < p < 1 else math.inf
        if (ka[end] / na[end] - kb[end] / nb[end]) / error < -stats.norm.ppf(0.95):
            return True
    return False


def lossy_minutes(runs: int) -> float:
    """Minutes until the alarm where a tenth of the canary's beacons is lost, at 1,000 sessions a minute."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(runs):
        k, rest = np.cumsum(rng.poisson(90, 180)).astype(float), np.cumsum(rng.poisson(900, 180)).astype(float)
        log_e = sample_ratio_log_e(k, k + rest, share=0.1)
        found.append(first(log_e >= -math.log(ALPHA), np.arange(1, 181)))
    return float(np.median(found))


def segment_found(runs: int) -> float:
    """-40 % in a tenth of the users only, within 30,000 canary sessions: the share of releases that pause."""
    release = Release(
        per_minute=1000, ramp=((0, 0.1),), minutes=300, conversion=0.3, mobile=0.1, mobile_only_conversion=0.6,
        mobile_conversion=1.0, with_latency=False,
    )  # fmt: skip
    found = 0
    for seed in range(runs):
        judge = Judge(simulate(release, seed), rules(CONVERSION, ERRORS))
        found += any(crossed.segment is not None or crossed.suspect is not None for crossed in judge.crossings)
    return found / runs


def cost_ms() -> float:
    """Per metric: a day of minutes with 288,000 sessions, judged at once."""
    evidence = simulate(Release(per_minute=200), 1)
    began = time.perf_counter()
    Judge(evidence, rules(CONVERSION, ERRORS, LCP))
    return (time.perf_counter() - began) * 1000 / 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--report", type=Path)
    runs = parser.parse_args().runs
    rows: list[tuple[str, str, str]] = []

    def add(case: str, target: str, found: str) -> None:
        rows.append((case, target, found))
        print(f"{case:<70} {target:<28} {found}", flush=True)

    sells = replace(FLAT, canary_conversion=0.92)
    for alpha, target in ((0.05, "36 k (66 k)"), (0.01, "57 k (88 k)")):
        found = detect_share(sells, CONVERSION.name, runs, alpha, mde=0.08, is_lower_harm=True)
        add(f"conversion -8 % of 3 %, alpha {alpha}", target, found)
    found = detect_share(
        replace(sells, conversion=0.3, minutes=240), CONVERSION.name, runs, 0.05, mde=0.08, is_lower_harm=True
    )
    add("conversion -8 % of 30 %", "3 k (1.5 k)", found)
    broken = replace(FLAT, canary_errors=2.0, minutes=240)
    add("errors 0.5 % -> 1 %", "2.5 k (4 k)", detect_share(broken, "errors", runs, 0.05, mde=0.7, is_lower_harm=False))
    slow = replace(FLAT, minutes=60, canary_lcp=1.1)
    add("all latencies +10 %", "0.6 k", detect_latency(slow, runs, shift=0))
    add("  the same with the margin test", "1.3 k", detect_latency(slow, runs, shift=1))
    tail = replace(FLAT, minutes=60, canary_tail=1.5)
    add("slowest tenth +50 %, median unchanged", "1.8 k (p99 +50 %)", detect_latency(tail, runs, shift=0))
    add("  the same with the margin test", "2.7 k (p99 +50 %)", detect_latency(tail, runs, shift=1))
    few = max(runs // 2, 20)
    ours, peers = rolled_back(HEALTHY, few)
    add("healthy, whole gate, 24 h, each minute, ramp and drift", "<= 1 %", f"{ours:.1%}")
    for name, share in peers.items():
        add(f"  {name}, each hour", "", f"{share:.1%}")
    ours, peers = rolled_back(HEALTHY, few, is_randomised=True)
    add("  without margins (randomised users)", "<= 1 %", f"{ours:.1%}")
    ours, peers = rolled_back(replace(HEALTHY, canary_mobile=0.7), few)
    add("device mix 70/60, no effect", "<= 5 %", f"{ours:.1%}")
    for name, share in peers.items():
        add(f"  {name}, each hour", "", f"{share:.1%}")
    add("-40 % in a 10 % segment only, found within 30 k", ">= 95 %", f"{segment_found(few):.0%}")
    add("10 % of the canary's beacons lost: sample-ratio alarm", "25 min (median)", f"{lossy_minutes(runs):.0f} min")
    add("cost per metric, a day of minutes", "<= 50 ms", f"{cost_ms():.0f} ms")
    report = parser.parse_args().report
    if report is not None:
        lines = [
            f"# Judgement: {runs} simulations a case ({few} of whole gates)",
            "",
            "| case | target | found |",
            "|---|---|---|",
        ]
        report.write_text("\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]))


if __name__ == "__main__":
    main()
