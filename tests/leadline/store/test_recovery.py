"""Which sessions say whether a rollback helped: new ones, on the baseline, each by its horizon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.model.gates import GateRules, MetricKind
from leadline.model.verdicts import MetricFinding, Verdict
from leadline.settings import Settings, gate_rules, load_settings
from leadline.store import Store
from leadline.storeclient.questions import RecoveryAnswered, RecoveryAsked
from leadline.wire import BeaconEvent, Vitals
from leadline_store.recovery import look_for_recovery

VERIFIED = datetime(2026, 11, 24, 10, 0, 20, tzinfo=UTC)


@pytest.fixture
def rules(tmp_path: Any) -> GateRules:
    (tmp_path / "leadline.toml").write_text(
        '[[app]]\nname = "shop"\nkpis = ["bought"]\n[[gate]]\napp = "shop"\n'
        'metrics = [{ kpi = "bought", within = "30m" }, { vital = "lcp_ms" }]\n'
    )
    settings: Settings = load_settings(tmp_path / "leadline.toml")
    return gate_rules(settings.gate_of("shop"), ["bought"])


def worse(name: str, kind: MetricKind, canary: float, baseline: float, *, is_lower_harm: bool) -> Verdict:
    metric = MetricFinding(
        name=name,
        kind=kind,
        state="worse",
        claim="sells less",
        is_lower_harm=is_lower_harm,
        canary_sessions=3000,
        baseline_sessions=3000,
        canary_value=canary,
        baseline_value=baseline,
        margin=0.05,
    )
    return Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(),
        sentence="",
        decided_at=VERIFIED - timedelta(minutes=1),
        since=VERIFIED - timedelta(hours=3),
        metrics=(metric,),
    )


SALES = worse("kpi:bought", "share", 0.1, 0.2, is_lower_harm=True)


@pytest.fixture
def visits(load: Any, log: Any) -> Callable[..., None]:
    def come(
        count: int,
        *,
        from_minute: float,
        version: str = "1.4.2",
        buys: int = 0,
        lcp_ms: float = 2000.0,
        spends: float = 1.0,
    ) -> None:
        """`count` sessions, one a second from `from_minute` after the verification on; the first `buys` of them buy."""
        bodies = []
        for number in range(count):
            at = VERIFIED + timedelta(minutes=from_minute, seconds=number)
            at_ms = int(at.timestamp() * 1000)
            name = f"{version}-{from_minute}-{number}"
            bodies.append(
                log(
                    received_ms=at_ms,
                    page_view_id=f"view-{name}",
                    session_id=f"session-{name}",
                    service_version=version,
                    started_at=at_ms - 3000,
                    sent_at=at_ms,
                    vitals=Vitals(lcp_ms=lcp_ms),
                    events=[BeaconEvent(name="bought", at_ms=2000, value=spends)] if number < buys else None,
                )
            )
        load(*bodies)

    return come


def look(store: Store, rules: GateRules, verdict: Verdict, *, after_minutes: float) -> RecoveryAnswered:
    store.loaded_until = VERIFIED + timedelta(minutes=after_minutes)
    return look_for_recovery(store, RecoveryAsked(verdict=verdict, rules=rules, since=VERIFIED))


def test_sessions_count_once_their_horizon_has_ended(store: Store, rules: GateRules, visits: Any) -> None:
    visits(400, from_minute=1, buys=82)
    assert look(store, rules, SALES, after_minutes=20).text.startswith("bought of no session yet")
    found = look(store, rules, SALES, after_minutes=50)
    assert (found.state, found.text) == (
        "recovered",
        "bought 20.5 % in 400 sessions since then (1.4.2 had 20.0 %, 1.5.0 10.0 %)",
    )


def test_what_was_there_before_and_who_is_still_on_the_canary_count_for_nothing(
    store: Store, rules: GateRules, visits: Any
) -> None:
    visits(400, from_minute=-60, buys=400)
    visits(30, from_minute=0, buys=30)  # in the minute of the verification some still got the canary
    visits(300, from_minute=1, version="1.5.0", buys=300)
    visits(200, from_minute=1, buys=20)
    found = look(store, rules, SALES, after_minutes=60)
    assert (found.state, "bought 10.0 % in 200 sessions" in found.text) == ("not_yet", True)


def test_a_vital_is_back_by_its_75th_percentile(store: Store, rules: GateRules, visits: Any) -> None:
    slow = worse("vital:lcp_ms", "latency", 2600.0, 2000.0, is_lower_harm=False)
    visits(300, from_minute=1, lcp_ms=2000.0)
    found = look(store, rules, slow, after_minutes=60)
    assert found.state == "recovered"
    assert found.text.startswith(("LCP p75 2.", "LCP p75 1.9"))


def test_a_vital_that_was_slow_in_its_tail_alone_is_back_by_its_99th_percentile(
    store: Store, rules: GateRules, visits: Any
) -> None:
    slow = worse("vital:lcp_ms", "latency", 2010.0, 2000.0, is_lower_harm=False)
    [metric] = slow.metrics
    slow = replace(slow, metrics=(replace(metric, canary_tail=9000.0, baseline_tail=6000.0),))
    visits(1500, from_minute=1, lcp_ms=2000.0)
    visits(12, from_minute=1.01, lcp_ms=6000.0)
    assert "LCP p99 2.0" in look(store, rules, slow, after_minutes=80).text
    assert look(store, rules, slow, after_minutes=80).state == "recovered"
    visits(120, from_minute=30, lcp_ms=9800.0)
    assert look(store, rules, slow, after_minutes=80).state == "not_yet"


def test_what_is_spent_is_back_by_the_median_of_its_sums(store: Store, tmp_path: Any, visits: Any) -> None:
    (tmp_path / "leadline.toml").write_text(
        '[[app]]\nname = "shop"\nkpis = ["bought"]\n[[gate]]\napp = "shop"\n'
        'metrics = [{ kpi = "bought", value = true, within = "30m" }]\n'
    )
    rules = gate_rules(load_settings(tmp_path / "leadline.toml").gate_of("shop"), ["bought"])
    spent = worse("kpi:bought:value", "value", 0.5, 0.5, is_lower_harm=True)
    [metric] = spent.metrics
    spent = replace(spent, metrics=(replace(metric, canary_amount=30.0, baseline_amount=42.0),))
    visits(400, from_minute=1, buys=200, spends=42.0)
    found = look(store, rules, spent, after_minutes=60)
    assert (found.state, "median bought 4" in found.text) == ("recovered", True)
    visits(400, from_minute=10, buys=390, spends=30.0)
    assert look(store, rules, spent, after_minutes=60).state == "not_yet"


def test_a_metric_that_left_the_file_is_not_claimed(store: Store, rules: GateRules, visits: Any) -> None:
    visits(400, from_minute=1, buys=82)
    gone = worse("kpi:signed_up", "share", 0.1, 0.2, is_lower_harm=True)
    assert look(store, rules, gone, after_minutes=60).state == "too_few"
