"""Blocks from the store: one value per session, in the minute in which its horizon ends, whatever arrives later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from leadline.analysis.verdicts import Evidence, Judge
from leadline.analysis.verdicts.bins import bin_of
from leadline.settings import GateSettings, gate_rules
from leadline.store import Store
from leadline.store.arms import Anchored, Arms, minute_of
from leadline.store.judged_minutes import judge_minutes
from leadline.wire import HARMLESS_ERROR_TYPES, BeaconError, BeaconEvent, BeaconRequest, Vitals

ARMS = Arms(app="shop", canary="2", baseline="1")
Gather = Callable[..., Evidence]


@pytest.fixture
def gather(store: Store, now: datetime) -> Gather:
    """The evidence of the hour before noon, of KPI `bought` within 30 min, errors, LCP and all requests."""

    def run(*, arms: Arms = ARMS, minutes: int = 60, gate: dict[str, Any] | None = None, **more: Any) -> Evidence:
        rules = gate_rules(GateSettings(app="shop", **(gate or {})), ["bought"])
        since = minute_of(now) - 60
        anchored = Anchored(since=since, anchor="asked")
        return judge_minutes(store, arms, rules, anchored=anchored, until=since + minutes - 1, **more).evidence

    return run


def blocks(evidence: Evidence, name: str) -> list[tuple[int, float, float, float, float]]:
    """Minute after eleven, ka, na, kb, nb."""
    found = evidence.metric(name).shares
    rows = zip(found.minute - evidence.since, found.ka, found.na, found.kb, found.nb, strict=True)
    return [(int(m), float(ka), float(na), float(kb), float(nb)) for m, ka, na, kb, nb in rows]


def test_a_session_counts_once_in_the_minute_in_which_its_horizon_ends(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(2.5, "a"),
        view(2.5, "a", later=5, seq=1, events=[BeaconEvent(name="bought", at_ms=1)]),
        view(4.0, "b", version="1"),
        view(6.0, "b", page_view_id="b2", version="1"),
    )
    assert blocks(gather(), "kpi:bought") == [(32, 1, 1, 0, 0), (34, 0, 0, 0, 1)]
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0), (5, 0, 0, 0, 1)]
    arrivals = gather().arrivals
    assert (arrivals.na.sum(), arrivals.nb.sum()) == (1, 1)


def test_what_comes_after_the_horizon_does_not_count(view: Any, load: Any, gather: Gather) -> None:
    bought, failed = [BeaconEvent(name="bought", at_ms=1)], [BeaconError(message="x", at_ms=1)]
    load(
        view(2.0),
        view(2.0, later=1.5, seq=1, errors=failed),
        view(2.0, later=30.5, seq=2, events=bought),
    )
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0)]
    assert blocks(gather(), "kpi:bought") == [(32, 0, 1, 0, 0)]


def test_an_event_that_is_stated_again_arrived_when_it_was_first_stated(view: Any, load: Any, gather: Gather) -> None:
    bought = [BeaconEvent(name="bought", at_ms=1)]
    load(
        view(2.0, later=29, seq=1, events=bought),
        view(2.0),
        view(2.0, later=31, seq=2, events=bought),
    )
    assert blocks(gather(), "kpi:bought") == [(32, 1, 1, 0, 0)]


def test_a_vital_counts_as_known_at_the_horizon(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(2.0, vitals=Vitals(lcp_ms=900)),
        view(2.0, later=4, seq=1, vitals=Vitals(lcp_ms=1800)),
        view(2.0, later=6, seq=2, vitals=Vitals(lcp_ms=9000)),
        view(3.0, "a", page_view_id="second", vitals=Vitals(lcp_ms=50)),
    )
    found = gather().metric("vital:lcp_ms").bins
    assert (found.bin.tolist(), found.canary.tolist()) == (bin_of(np.array([1800.0])).tolist(), [1.0])
    assert found.minute.tolist() == [gather().since + 7]


def test_a_session_belongs_to_the_version_of_its_first_view(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(2.0, "a", version="1"),
        view(3.0, "a", page_view_id="a2", version="2", errors=[BeaconError(message="x")]),
    )
    assert blocks(gather(), "errors") == [(3, 0, 0, 1, 1)]
    assert gather().arrivals.na.sum() == 0


def test_probes_bots_and_sessions_kept_for_their_errors_only_are_left_out(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(2.0, "probe", synthetic="test"),
        view(2.0, "late-probe"),
        view(2.2, "late-probe", page_view_id="p2", synthetic="test"),
        view(2.0, "bot", record={"synthetic": "bot"}),
        view(2.0, "errors-only", attributes={"errors_only": True}, errors=[BeaconError(message="x")]),
        view(2.0, "other-version", version="3"),
        view(2.0, "sampled", attributes={"sample_ratio": 0.1}),
    )
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0)]


def test_harmless_errors_are_no_errors(view: Any, load: Any, gather: Gather) -> None:
    harmless = sorted(HARMLESS_ERROR_TYPES)[0]
    load(
        view(2.0, "a", errors=[BeaconError(message="x", error_type=harmless)]),
        view(2.0, "b", errors=[BeaconError(message="x", error_type="TypeError")]),
    )
    assert blocks(gather(), "errors") == [(3, 1, 2, 0, 0)]


def test_a_crash_counts_for_the_session_of_the_view_that_its_report_names(view: Any, load: Any, gather: Gather) -> None:
    def crashed(of: str, later: float, kind: str = "crash") -> bytes:
        more = {"session_id": None, "service_version": None, "sdk_name": "reports", "later": later}
        errors = [BeaconError(message="the page crashed", error_type=kind)]
        return view(2.0, f"report-{of}", attributes={"reported_page_view_id": of}, errors=errors, **more)

    load(
        view(2.0, "a"),
        view(8.0, "a", page_view_id="a2"),
        view(2.0, "b", version="1"),
        view(2.0, "c", version="1"),
        view(2.0, "d"),
        crashed("a2", 9),
        crashed("b", 31),
        crashed("c", 1, kind="csp-violation"),
        crashed("elsewhere", 1),
    )
    found = gather(gate={"metrics": [{"crashes": True}, {"errors": True}]})
    assert blocks(found, "crashes") == [(32, 1, 2, 0, 2)]
    assert blocks(found, "errors") == [(3, 0, 2, 0, 2)]


def test_a_failed_request_and_the_median_of_the_others_are_one_value_each(view: Any, load: Any, gather: Gather) -> None:
    def made(status: int, ms: float, route: str = "/api/cart") -> BeaconRequest:
        return BeaconRequest(method="GET", route=route, status_code=status, duration_ms=ms, at_ms=1)

    load(
        view(2.0, "a", requests=[made(200, 50), made(503, 70), made(200, 90), made(200, 5000, "/img")]),
        view(2.0, "b", requests=[made(404, 70)]),
        view(2.0, "c"),
    )
    found = gather(gate={"metrics": [{"requests": "/api/*"}]})
    assert blocks(found, "requests:/api/*:failed") == [(7, 1, 2, 0, 0)]
    times = found.metric("requests:/api/*:time").bins
    assert (times.bin.tolist(), times.canary.tolist()) == (bin_of(np.array([70.0])).tolist(), [2.0])


def test_revenue_is_the_sum_of_a_session_and_what_is_no_number_is_counted(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(2.0, "a", events=[BeaconEvent(name="bought", value=30.0), BeaconEvent(name="bought", value=12.0)]),
        view(2.0, "b", events=[BeaconEvent(name="bought", value=-5.0)]),
    )
    found = gather(gate={"metrics": [{"kpi": "bought", "value": True}]}).metric("kpi:bought:value")
    assert found.bins.bin.tolist() == bin_of(np.array([42.0])).tolist()
    assert (found.shares.ka.sum(), found.unusable) == (2, 1)


def test_a_minute_says_the_same_whatever_arrives_later(view: Any, load: Any, at: Any, gather: Gather) -> None:
    load(*(view(begun / 10, f"s{begun}", version=str(1 + begun % 2)) for begun in range(200)))
    early = gather(minutes=15)
    load(
        *(view(10, f"s{begun}", seq=1, errors=[BeaconError(message="x")], later=10) for begun in range(50)),
        view(1.0, "new", started_at=at(0), later=17, errors=[BeaconError(message="x")]),
        file="log-2",
    )
    late = gather(minutes=15)
    for metric in early.metrics:
        assert blocks(late, metric.name) == blocks(early, metric.name)
    assert blocks(gather(minutes=40), "errors")[: len(blocks(early, "errors"))] == blocks(early, "errors")


def test_arms_can_be_told_apart_by_cohort(view: Any, load: Any, gather: Gather) -> None:
    load(view(2.0, "a", version="2", cohort="canary"), view(2.0, "b", version="2", cohort="baseline"))
    found = gather(arms=Arms(app="shop", canary="cohort:canary", baseline="cohort:baseline"))
    assert blocks(found, "errors") == [(3, 0, 1, 0, 1)]
    none = gather(arms=Arms(app="shop", canary="cohort:nobody", baseline="cohort:baseline"))
    assert blocks(none, "errors") == [(3, 0, 0, 0, 1)]


def test_confounders_are_crossed_into_at_most_twelve_strata(view: Any, load: Any, gather: Gather) -> None:
    countries = ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT", "NL", "PL", "SE", "US", "CA", "AU", "NO", "DK", "FI"]
    load(
        *(
            view(1 + place, f"s{place}", record={"country": code, "network": "203.0.113.0/24"})
            for place, code in enumerate(countries)
        )
    )
    found = gather(gate={"segments": ["geo_country_iso_code", "device_type"]})
    assert len(found.strata) == 12
    assert found.strata[0] == ("AT", "unknown")
    assert found.strata[-1] == ("(other)", "(other)")
    assert found.metric("errors").shares.na.sum() == 17


def test_the_busiest_networks_can_be_left_out(view: Any, load: Any, gather: Gather) -> None:
    load(
        *(view(2.0, f"busy{n}", record={"network": "203.0.113.0/24"}) for n in range(5)),
        *(view(2.0, f"s{n}", record={"network": f"198.51.{n}.0/24"}) for n in range(4)),
    )
    found = gather(to_trim=lambda _: ["errors"])
    assert found.are_networks_known
    assert [(one.name, one.shares.na.sum()) for one in found.trimmed] == [("errors", 4)]
    assert found.metric("errors").shares.na.sum() == 9


def test_where_no_network_is_known_that_is_said(view: Any, load: Any, gather: Gather) -> None:
    load(view(2.0, record={"network": ""}))
    asked: list[Judge] = []

    def to_trim(found: Judge) -> list[str]:
        asked.append(found)
        return ["errors"]

    found = gather(to_trim=to_trim)
    assert (found.are_networks_known, found.trimmed, asked) == (False, (), [])


def test_the_thresholds_of_the_tail_come_from_the_baseline_before(view: Any, load: Any, gather: Gather) -> None:
    load(
        view(-600, "old", version="1", vitals=Vitals(lcp_ms=1500)),
        view(-600, "old-canary", version="2", vitals=Vitals(lcp_ms=9500)),
        view(5, "new", version="1", vitals=Vitals(lcp_ms=2000)),
    )
    found = gather().metric("vital:lcp_ms")
    assert np.flatnonzero(found.reference).tolist() == bin_of(np.array([1500.0])).tolist()
    assert found.bins.baseline.sum() == 1
