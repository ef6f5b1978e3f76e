"""The decision table, and what a person reads: one golden sentence per verdict."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from judgement.simulated import CONVERSION, ERRORS, JOURNEYS, LCP, REVENUE, START, Release, rules, simulate

from leadline.analysis.verdicts import Evidence, GateRules, Judge, MetricEvidence, Pairs, StageSpan, judge_release
from leadline.analysis.verdicts.blocks import bin_blocks
from leadline.analysis.verdicts.wording import claim, claims
from leadline.model.verdicts import EXIT_CODES, MetricFinding, Verdict

GOLDEN = Path(__file__).parent / "golden"
SELLS_LESS = Release(conversion=0.2, canary_conversion=0.85, minutes=720, ramp=((0, 0.5),))
HEALTHY = Release(conversion=0.3, minutes=720, ramp=((0, 0.5),))
# Networks are known, and the busiest ones make no difference.


def known(evidence: Evidence) -> Evidence:
    return replace(evidence, are_networks_known=True, trimmed=evidence.metrics)


def judged(release: Release, gate: GateRules | None = None, seed: int = 2) -> Verdict:
    return judge_release(known(simulate(release, seed)), gate or rules())


@pytest.mark.parametrize(
    ("name", "release", "verdict"),
    [
        ("rollback", SELLS_LESS, "rollback"),
        ("pause", replace(HEALTHY, mobile=0.2, mobile_only_conversion=0.6, minutes=120), "pause"),
        ("promote", HEALTHY, "promote"),
        ("inconclusive", replace(HEALTHY, conversion=0.02, minutes=30), "inconclusive"),
        ("no_data", replace(HEALTHY, lost_from=300), "no_data"),
    ],
)
def test_each_verdict_has_its_sentence(name: str, release: Release, verdict: str) -> None:
    found = judged(release)
    assert found.verdict == verdict
    told = "\n".join([found.sentence, "", *(f"- {reason.text}" for reason in found.reasons), ""])
    assert told == (GOLDEN / f"{name}.txt").read_text()


def test_the_exit_code_tells_the_verdicts_apart() -> None:
    assert EXIT_CODES == {"promote": 0, "rollback": 10, "inconclusive": 11, "no_data": 11, "pause": 12}


def test_a_slower_tail_is_told_where_the_75th_percentile_hides_it() -> None:
    found = judged(replace(HEALTHY, canary_tail=1.5))
    [lcp] = [metric for metric in found.metrics if metric.name == LCP.name]
    assert (lcp.state, (lcp.difference_ratio or 0) < LCP.margin) == ("worse", True)
    assert re.search(r"LCP p75 [\d.]+ s against [\d.]+ s \([^)]*\), p99 [\d.]+ s against [\d.]+ s \(\+", found.sentence)


def test_a_slower_median_needs_no_word_about_the_tail() -> None:
    assert "p99" not in judged(replace(HEALTHY, canary_lcp=1.3)).sentence


def test_a_baseline_with_hardly_a_session_is_named_instead_of_a_sample_that_nobody_reaches() -> None:
    found = judged(replace(HEALTHY, ramp=((0, 0.999),), minutes=300))
    texts = {reason.code: reason.text for reason in found.reasons}
    assert re.match(
        r"the sample is too small: 1\.4\.2 has only \d+ sessions beside [\d,]+ of 1\.5\.0", texts["sample_too_small"]
    )


def test_evidence_from_before_the_kept_rows_is_named() -> None:
    evidence = replace(known(simulate(replace(HEALTHY, minutes=30), 2)), kept_since=START + 10)
    found = judge_release(evidence, rules())
    [text] = [reason.text for reason in found.reasons if reason.code == "older_than_kept"]
    assert text.startswith("rows from before 2026-11-06 21:30Z are not kept")


def test_more_errors_roll_back_and_only_beyond_the_margin() -> None:
    assert judged(replace(HEALTHY, errors=0.01, canary_errors=2.5)).verdict == "rollback"
    assert judged(replace(HEALTHY, errors=0.05, canary_errors=1.1)).verdict != "rollback"


def test_a_slower_canary_is_rolled_back() -> None:
    found = judged(replace(HEALTHY, canary_lcp=1.3))
    assert (found.verdict, found.codes) == ("rollback", ("worse",))
    assert "is slower (LCP)" in found.sentence


def test_a_slower_tail_alone_is_seen() -> None:
    found = judged(replace(HEALTHY, canary_tail=2.5, minutes=600))
    assert {f.name: f.state for f in found.metrics}["vital:lcp_ms"] in {"worse", "suspect"}


def test_few_sessions_never_roll_back() -> None:
    found = judged(replace(SELLS_LESS, per_minute=4, minutes=150, canary_conversion=0.0))
    assert found.canary_sessions < 500
    assert found.verdict != "rollback"


def test_a_finding_that_hangs_on_the_busiest_networks_only_pauses() -> None:
    evidence = simulate(SELLS_LESS, 2)
    healthy = simulate(replace(SELLS_LESS, canary_conversion=1.0), 3)
    found = judge_release(replace(evidence, are_networks_known=True, trimmed=healthy.metrics), rules())
    assert (found.verdict, found.codes[0]) == ("pause", "one_network")


def test_where_no_networks_are_known_the_verdict_stands_and_nothing_acts() -> None:
    found = judge_release(simulate(SELLS_LESS, 2), rules())
    assert (found.verdict, found.may_act) == ("rollback", False)
    assert "networks_unknown" in found.codes
    assert judge_release(known(simulate(SELLS_LESS, 2)), rules()).may_act


def test_a_version_that_nobody_registered_never_acts() -> None:
    found = judge_release(replace(known(simulate(SELLS_LESS, 2)), is_registered=False), rules())
    assert (found.verdict, found.may_act) == ("rollback", False)
    assert "not_registered" in found.codes


def test_values_that_are_no_numbers_are_named_and_count_for_nothing() -> None:
    evidence = simulate(HEALTHY, 2)
    metrics = tuple(replace(one, unusable=3) if one.name == LCP.name else one for one in evidence.metrics)
    found = judge_release(known(replace(evidence, metrics=metrics)), rules())
    assert [reason.text for reason in found.reasons if reason.code == "unusable_values"] == [
        "left out, because they are not numbers or are below zero: 3 values of LCP"
    ]
    assert found.may_act == judged(HEALTHY).may_act


def test_a_verdict_once_reached_stays() -> None:
    judge = Judge(known(simulate(SELLS_LESS, 2)), rules())
    kinds = [judge.at(minute).verdict for minute in range(START, START + 720)]
    first = kinds.index("rollback")
    assert set(kinds[first:]) == {"rollback"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"silent_from": 300}, "both_missing"),
        ({"lost_from": 300}, "canary_missing"),
        ({"lost_from": 0}, "canary_empty"),
        ({"silent_from": 0}, "baseline_empty"),
    ],
)
def test_silence_is_told_apart_by_who_is_silent(changed: dict[str, int], code: str) -> None:
    found = judged(replace(HEALTHY, **changed))
    assert (found.verdict, found.codes[0]) == ("no_data", code)


def test_a_baseline_that_ends_is_no_comparison() -> None:
    evidence = simulate(HEALTHY, 2)
    a = evidence.arrivals
    swapped = replace(a, nb=np.where(a.minute >= START + 400, 0.0, a.nb))
    found = judge_release(replace(known(evidence), arrivals=swapped), rules())
    assert (found.verdict, found.codes[0]) == ("no_data", "baseline_missing")


def test_arms_that_never_met_are_inconclusive() -> None:
    evidence = simulate(replace(HEALTHY, minutes=200), 2)
    a = evidence.arrivals
    early = a.minute < START + 100
    apart = replace(a, na=np.where(early, 0.0, a.na), nb=np.where(early, a.nb, 0.0))
    # Both halves lie within one stretch of silence at the end: without it the baseline counts as missing.
    apart = replace(apart, na=np.where(a.minute < START + 198, 0.0, a.na), nb=np.where(early, 0.1, 0.0))
    metrics = tuple(MetricEvidence(name=metric.name) for metric in evidence.metrics)
    found = judge_release(replace(known(evidence), arrivals=apart, metrics=metrics), rules())
    assert (found.verdict, found.codes[0]) == ("inconclusive", "never_together")


def test_a_kpi_that_was_never_seen_is_named_and_never_promoted() -> None:
    found = judged(replace(HEALTHY, conversion=0.0))
    assert found.verdict == "inconclusive"
    assert any(reason.code == "metric_no_data" and "checkout_completed" in reason.text for reason in found.reasons)
    # Nor is a sample for it counted, which a million sessions would not fill.
    early = {reason.code: reason.text for reason in judged(replace(HEALTHY, conversion=0.0, minutes=90)).reasons}
    assert early["sample_too_small"].endswith("canary sessions for sessions with an error")


def test_a_sample_that_is_not_reached_in_time_is_never_promoted() -> None:
    gate = rules(CONVERSION, ERRORS, LCP, max_bake_minutes=120)
    found = judged(replace(HEALTHY, conversion=0.01, minutes=200), gate)
    assert found.verdict == "inconclusive"
    assert "sample_not_reached" in found.codes


def test_nothing_is_promoted_before_it_has_baked() -> None:
    found = judged(replace(HEALTHY, per_minute=3000, minutes=50, with_latency=False), rules(CONVERSION, ERRORS))
    assert (found.verdict, found.codes[0]) == ("inconclusive", "baking")


def test_a_share_that_is_not_the_declared_one_pauses() -> None:
    stages = (StageSpan(name="10 %", share=0.1, start=START),)
    healthy = replace(HEALTHY, ramp=((0, 0.1),), per_minute=1000, minutes=60, with_latency=False)
    evidence = replace(known(simulate(healthy, 2)), stages=stages)
    assert "sample_ratio" not in judge_release(evidence, rules(CONVERSION, ERRORS)).codes
    lossy = known(simulate(replace(healthy, ramp=((0, 0.0917),)), 2))
    found = judge_release(replace(lossy, stages=stages), rules(CONVERSION, ERRORS))
    assert (found.verdict, found.stage) == ("pause", "10 %")
    assert "sample_ratio" in found.codes


def test_a_declared_share_that_never_arrives_is_no_data() -> None:
    evidence = known(simulate(replace(HEALTHY, ramp=((0, 0.0005),), minutes=100), 2))
    found = judge_release(replace(evidence, stages=(StageSpan(name="50 %", share=0.5, start=START),)), rules())
    assert (found.verdict, found.codes[0]) == ("no_data", "canary_missing")


def test_hard_failures_of_our_own_journeys_roll_back_at_once() -> None:
    evidence = replace(known(simulate(replace(HEALTHY, minutes=30), 2)), hard_failures_at=START + 12)
    judge = Judge(evidence, rules())
    assert judge.at(START + 11).verdict == "inconclusive"
    assert (judge.at(START + 12).verdict, judge.at(START + 12).codes[0]) == ("rollback", "hard_failures")


def test_hard_failures_are_told_without_a_word_for_the_journeys_or_of_chance() -> None:
    few = Pairs(minute=START + np.arange(3), canary_failed=np.ones(3), baseline_failed=np.zeros(3))
    evidence = replace(known(simulate(replace(HEALTHY, minutes=30), 2)), hard_failures_at=START + 2, pairs=few)
    sentence = Judge(evidence, rules(JOURNEYS, CONVERSION)).at(START + 12).sentence
    assert "failed 3 times in a row on 1.5.0 from every location, while 1.4.2 passed" in sentence
    assert sentence.count("journeys") == 1
    assert "of healthy releases" not in sentence


def test_pairs_that_the_canary_loses_roll_back() -> None:
    minute = START + np.arange(30)
    lost = Pairs(minute=minute, canary_failed=(np.arange(30) % 2).astype(float), baseline_failed=np.zeros(30))
    found = judge_release(replace(known(simulate(HEALTHY, 2)), pairs=lost), rules(JOURNEYS, CONVERSION))
    assert (found.verdict, found.codes) == ("rollback", ("worse",))
    assert "fails our own journeys" in found.sentence


def test_smaller_orders_are_seen_where_as_many_sessions_buy() -> None:
    evidence = simulate(replace(HEALTHY, with_latency=False), 2)
    rng = np.random.default_rng(9)
    shares = evidence.metric("kpi:checkout_completed").shares

    def amounts(factor: float) -> MetricEvidence:
        rows: dict[tuple[int, int, int], list[float]] = {}
        for minute, stratum, ka, kb in zip(shares.minute, shares.stratum, shares.ka, shares.kb, strict=True):
            for arm, (n, ratio) in enumerate(((ka, factor), (kb, 1.0))):
                for value in rng.lognormal(4, 0.7, int(n)) * ratio:
                    place = int(np.log(max(value, 1)) / np.log(1.05)) + 1
                    rows.setdefault((int(minute), int(stratum), place), [0.0, 0.0])[arm] += 1
        bins = bin_blocks([(*key, a, b) for key, (a, b) in rows.items()])
        return MetricEvidence(name=REVENUE.name, shares=shares, bins=bins)

    smaller = judge_release(known(replace(evidence, metrics=(amounts(0.85),))), rules(REVENUE))
    same = judge_release(known(replace(evidence, metrics=(amounts(1.0),))), rules(REVENUE))
    assert (smaller.verdict, same.verdict in {"promote", "inconclusive"}) == ("rollback", True)
    # The share that bought is the same: the sentence says what is not.
    [found] = smaller.metrics
    assert found.canary_amount is not None
    assert found.baseline_amount is not None
    assert found.canary_amount / found.baseline_amount == pytest.approx(0.85, abs=0.03)
    assert f", median value {found.canary_amount:,.2f} against {found.baseline_amount:,.2f} (−1" in smaller.sentence
    assert "checkout_completed:value" not in smaller.sentence
    # As many bought: what they paid is less, and the claim says no more than that.
    assert found.claim == "earns less (checkout_completed)"
    assert "sells less" not in smaller.sentence


def test_what_is_slower_in_several_ways_is_said_once() -> None:
    worse = [
        MetricFinding(
            name=name, kind="latency", state="worse", claim=claim(name), is_lower_harm=False, canary_sessions=9,
            baseline_sessions=9,
        )
        for name in ("kpi:bought", "vital:lcp_ms", "vital:inp_ms", "errors")
    ]  # fmt: skip
    assert claims(worse) == "sells less, is slower (LCP, INP) and has more errors"


def test_a_shift_of_devices_is_no_effect_and_the_totals_are_called_misleading() -> None:
    found = judged(replace(HEALTHY, mobile=0.6, canary_mobile=0.9, mobile_conversion=0.4))
    assert found.verdict in {"promote", "inconclusive"}
    [conversion] = [metric for metric in found.metrics if metric.name == CONVERSION.name]
    assert (conversion.pooled_difference_ratio or 0) < -0.1
    assert abs(conversion.difference_ratio or 1) < 0.03


def test_randomised_users_need_the_floor_on_the_estimate() -> None:
    gate = rules(CONVERSION, is_randomised=True)
    tiny = replace(HEALTHY, conversion=0.5, canary_conversion=0.99, per_minute=40_000, with_latency=False, drift=0.0)
    found = judged(replace(tiny, minutes=90), gate)
    [conversion] = found.metrics
    assert conversion.log_e > conversion.log_e_to_roll_back
    assert found.verdict != "rollback"
    assert judged(replace(tiny, canary_conversion=0.95, minutes=90), gate).verdict == "rollback"


def test_lcp_errors_and_conversion_share_alpha_by_weight() -> None:
    gate = rules(CONVERSION, ERRORS, LCP)
    thresholds = [np.exp(-gate.log_e_to_roll_back(rule)) for rule in gate.metrics]
    assert sum(thresholds) == pytest.approx(gate.alpha)
    assert thresholds[0] == pytest.approx(3 * thresholds[1])
