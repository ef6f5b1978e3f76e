"""Blocks from the store: one value per session, in the minute in which its horizon ends, whatever arrives later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from leadline.analysis.verdicts import Evidence, Judge
from leadline.analysis.verdicts.bins import bin_of
from leadline.model import Deployment
from leadline.settings import GateSettings, gate_rules
from leadline.store import Loader, Store
from leadline.store import arms as arms_module
from leadline.store.arms import Anchored, Arms, find_anchor, find_arms, minute_of
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


@pytest.fixture
def at(now_ms: int) -> Callable[[float], int]:
    """Milliseconds of a moment, in minutes after eleven."""
    return lambda minutes: now_ms - 3_600_000 + round(minutes * 60_000)


def view(
    log: Any, at: Any, begun: float, name: str = "a", *, version: str = "2", later: float = 0.0, **b: Any
) -> bytes:
    """A beacon of the view `name` in the session `name`, which began `begun` minutes after eleven."""
    beacon = {"session_id": name, "page_view_id": name, "service_version": version, **b}
    record = beacon.pop("record", None)
    return log(received_ms=at(begun + later), record=record, **{"started_at": at(begun), **beacon})


def blocks(evidence: Evidence, name: str) -> list[tuple[int, float, float, float, float]]:
    """Minute after eleven, ka, na, kb, nb."""
    found = evidence.metric(name).shares
    rows = zip(found.minute - evidence.since, found.ka, found.na, found.kb, found.nb, strict=True)
    return [(int(m), float(ka), float(na), float(kb), float(nb)) for m, ka, na, kb, nb in rows]


def test_a_session_counts_once_in_the_minute_in_which_its_horizon_ends(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    load(
        view(log, at, 2.5, "a"),
        view(log, at, 2.5, "a", later=5, seq=1, events=[BeaconEvent(name="bought", at_ms=1)]),
        view(log, at, 4.0, "b", version="1"),
        view(log, at, 6.0, "b", page_view_id="b2", version="1"),
    )
    assert blocks(gather(), "kpi:bought") == [(32, 1, 1, 0, 0), (34, 0, 0, 0, 1)]
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0), (5, 0, 0, 0, 1)]
    arrivals = gather().arrivals
    assert (arrivals.na.sum(), arrivals.nb.sum()) == (1, 1)


def test_what_comes_after_the_horizon_does_not_count(log: Any, load: Any, at: Any, gather: Gather) -> None:
    bought, failed = [BeaconEvent(name="bought", at_ms=1)], [BeaconError(message="x", at_ms=1)]
    load(
        view(log, at, 2.0),
        view(log, at, 2.0, later=1.5, seq=1, errors=failed),
        view(log, at, 2.0, later=30.5, seq=2, events=bought),
    )
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0)]
    assert blocks(gather(), "kpi:bought") == [(32, 0, 1, 0, 0)]


def test_an_event_that_is_stated_again_arrived_when_it_was_first_stated(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    bought = [BeaconEvent(name="bought", at_ms=1)]
    load(
        view(log, at, 2.0, later=29, seq=1, events=bought),
        view(log, at, 2.0),
        view(log, at, 2.0, later=31, seq=2, events=bought),
    )
    assert blocks(gather(), "kpi:bought") == [(32, 1, 1, 0, 0)]


def test_a_vital_counts_as_known_at_the_horizon(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(
        view(log, at, 2.0, vitals=Vitals(lcp_ms=900)),
        view(log, at, 2.0, later=4, seq=1, vitals=Vitals(lcp_ms=1800)),
        view(log, at, 2.0, later=6, seq=2, vitals=Vitals(lcp_ms=9000)),
        view(log, at, 3.0, "a", page_view_id="second", vitals=Vitals(lcp_ms=50)),
    )
    found = gather().metric("vital:lcp_ms").bins
    assert (found.bin.tolist(), found.canary.tolist()) == (bin_of(np.array([1800.0])).tolist(), [1.0])
    assert found.minute.tolist() == [gather().since + 7]


def test_a_session_belongs_to_the_version_of_its_first_view(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(
        view(log, at, 2.0, "a", version="1"),
        view(log, at, 3.0, "a", page_view_id="a2", version="2", errors=[BeaconError(message="x")]),
    )
    assert blocks(gather(), "errors") == [(3, 0, 0, 1, 1)]
    assert gather().arrivals.na.sum() == 0


def test_probes_bots_and_sessions_kept_for_their_errors_only_are_left_out(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    load(
        view(log, at, 2.0, "probe", synthetic="test"),
        view(log, at, 2.0, "late-probe"),
        view(log, at, 2.2, "late-probe", page_view_id="p2", synthetic="test"),
        view(log, at, 2.0, "bot", record={"synthetic": "bot"}),
        view(log, at, 2.0, "errors-only", attributes={"errors_only": True}, errors=[BeaconError(message="x")]),
        view(log, at, 2.0, "other-version", version="3"),
        view(log, at, 2.0, "sampled", attributes={"sample_ratio": 0.1}),
    )
    assert blocks(gather(), "errors") == [(3, 0, 1, 0, 0)]


def test_harmless_errors_are_no_errors(log: Any, load: Any, at: Any, gather: Gather) -> None:
    harmless = sorted(HARMLESS_ERROR_TYPES)[0]
    load(
        view(log, at, 2.0, "a", errors=[BeaconError(message="x", error_type=harmless)]),
        view(log, at, 2.0, "b", errors=[BeaconError(message="x", error_type="TypeError")]),
    )
    assert blocks(gather(), "errors") == [(3, 1, 2, 0, 0)]


def test_a_crash_counts_for_the_session_of_the_view_that_its_report_names(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    def crashed(of: str, later: float, kind: str = "crash") -> bytes:
        more = {"session_id": None, "service_version": None, "sdk_name": "reports", "later": later}
        errors = [BeaconError(message="the page crashed", error_type=kind)]
        return view(log, at, 2.0, f"report-{of}", attributes={"reported_page_view_id": of}, errors=errors, **more)

    load(
        view(log, at, 2.0, "a"),
        view(log, at, 8.0, "a", page_view_id="a2"),
        view(log, at, 2.0, "b", version="1"),
        view(log, at, 2.0, "c", version="1"),
        view(log, at, 2.0, "d"),
        crashed("a2", 9),
        crashed("b", 31),
        crashed("c", 1, kind="csp-violation"),
        crashed("elsewhere", 1),
    )
    found = gather(gate={"metrics": [{"crashes": True}, {"errors": True}]})
    assert blocks(found, "crashes") == [(32, 1, 2, 0, 2)]
    assert blocks(found, "errors") == [(3, 0, 2, 0, 2)]


def test_a_failed_request_and_the_median_of_the_others_are_one_value_each(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    def made(status: int, ms: float, route: str = "/api/cart") -> BeaconRequest:
        return BeaconRequest(method="GET", route=route, status_code=status, duration_ms=ms, at_ms=1)

    load(
        view(log, at, 2.0, "a", requests=[made(200, 50), made(503, 70), made(200, 90), made(200, 5000, "/img")]),
        view(log, at, 2.0, "b", requests=[made(404, 70)]),
        view(log, at, 2.0, "c"),
    )
    found = gather(gate={"metrics": [{"requests": "/api/*"}]})
    assert blocks(found, "requests:/api/*:failed") == [(7, 1, 2, 0, 0)]
    times = found.metric("requests:/api/*:time").bins
    assert (times.bin.tolist(), times.canary.tolist()) == (bin_of(np.array([70.0])).tolist(), [2.0])


def test_revenue_is_the_sum_of_a_session_and_what_is_no_number_is_counted(
    log: Any, load: Any, at: Any, gather: Gather
) -> None:
    load(
        view(
            log, at, 2.0, "a", events=[BeaconEvent(name="bought", value=30.0), BeaconEvent(name="bought", value=12.0)]
        ),
        view(log, at, 2.0, "b", events=[BeaconEvent(name="bought", value=-5.0)]),
    )
    found = gather(gate={"metrics": [{"kpi": "bought", "value": True}]}).metric("kpi:bought:value")
    assert found.bins.bin.tolist() == bin_of(np.array([42.0])).tolist()
    assert (found.shares.ka.sum(), found.unusable) == (2, 1)


def test_a_minute_says_the_same_whatever_arrives_later(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(*(view(log, at, begun / 10, f"s{begun}", version=str(1 + begun % 2)) for begun in range(200)))
    early = gather(minutes=15)
    load(
        *(view(log, at, 10, f"s{begun}", seq=1, errors=[BeaconError(message="x")], later=10) for begun in range(50)),
        view(log, at, 1.0, "new", started_at=at(0), later=17, errors=[BeaconError(message="x")]),
        file="log-2",
    )
    late = gather(minutes=15)
    for metric in early.metrics:
        assert blocks(late, metric.name) == blocks(early, metric.name)
    assert blocks(gather(minutes=40), "errors")[: len(blocks(early, "errors"))] == blocks(early, "errors")


def test_arms_can_be_told_apart_by_cohort(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(view(log, at, 2.0, "a", version="2", cohort="canary"), view(log, at, 2.0, "b", version="2", cohort="baseline"))
    found = gather(arms=Arms(app="shop", canary="cohort:canary", baseline="cohort:baseline"))
    assert blocks(found, "errors") == [(3, 0, 1, 0, 1)]
    none = gather(arms=Arms(app="shop", canary="cohort:nobody", baseline="cohort:baseline"))
    assert blocks(none, "errors") == [(3, 0, 0, 0, 1)]


def test_confounders_are_crossed_into_at_most_twelve_strata(log: Any, load: Any, at: Any, gather: Gather) -> None:
    countries = ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT", "NL", "PL", "SE", "US", "CA", "AU", "NO", "DK", "FI"]
    load(
        *(
            view(log, at, 1 + place, f"s{place}", record={"country": code, "network": "203.0.113.0/24"})
            for place, code in enumerate(countries)
        )
    )
    found = gather(gate={"segments": ["geo_country_iso_code", "device_type"]})
    assert len(found.strata) == 12
    assert found.strata[0] == ("AT", "unknown")
    assert found.strata[-1] == ("(other)", "(other)")
    assert found.metric("errors").shares.na.sum() == 17


def test_the_busiest_networks_can_be_left_out(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(
        *(view(log, at, 2.0, f"busy{n}", record={"network": "203.0.113.0/24"}) for n in range(5)),
        *(view(log, at, 2.0, f"s{n}", record={"network": f"198.51.{n}.0/24"}) for n in range(4)),
    )
    found = gather(to_trim=lambda _: ["errors"])
    assert found.are_networks_known
    assert [(one.name, one.shares.na.sum()) for one in found.trimmed] == [("errors", 4)]
    assert found.metric("errors").shares.na.sum() == 9


def test_where_no_network_is_known_that_is_said(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(view(log, at, 2.0, record={"network": ""}))
    asked: list[Judge] = []

    def to_trim(found: Judge) -> list[str]:
        asked.append(found)
        return ["errors"]

    found = gather(to_trim=to_trim)
    assert (found.are_networks_known, found.trimmed, asked) == (False, (), [])


def test_the_thresholds_of_the_tail_come_from_the_baseline_before(log: Any, load: Any, at: Any, gather: Gather) -> None:
    load(
        view(log, at, -600, "old", version="1", vitals=Vitals(lcp_ms=1500)),
        view(log, at, -600, "old-canary", version="2", vitals=Vitals(lcp_ms=9500)),
        view(log, at, 5, "new", version="1", vitals=Vitals(lcp_ms=2000)),
    )
    found = gather().metric("vital:lcp_ms")
    assert np.flatnonzero(found.reference).tolist() == bin_of(np.array([1500.0])).tolist()
    assert found.bins.baseline.sum() == 1


def test_evidence_begins_at_the_mark_and_else_at_the_first_session(
    log: Any, load: Any, loader: Loader, store: Store, at: Any, now: datetime
) -> None:
    load(view(log, at, 20, "a"), view(log, at, 30, "b"))
    first = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert first == Anchored(since=minute_of(now) - 40, anchor="first session")
    mark(loader, now - timedelta(minutes=35), "2")
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 35, anchor="deployment")
    mark(loader, now - timedelta(minutes=55), "2", position=2)
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 40, anchor="deployment")
    assert find_anchor(store, ARMS, since=None, released_at=now, until=now).anchor == "release"
    # Of a version that was marked after the release began, the mark counts: that release was of an earlier one.
    earlier = find_anchor(store, ARMS, since=None, released_at=now - timedelta(minutes=58), until=now)
    assert earlier == Anchored(since=minute_of(now) - 40, anchor="deployment")
    cohorts = Arms(app="shop", canary="cohort:canary", baseline="cohort:baseline")
    assert find_anchor(store, cohorts, since=None, released_at=now - timedelta(days=9), until=now).anchor == "release"


def test_a_mark_after_all_sessions_anchors_nothing(
    log: Any, load: Any, loader: Loader, store: Store, at: Any, now: datetime
) -> None:
    load(view(log, at, 20, "a"))
    mark(loader, now - timedelta(minutes=1), "2")
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 40, anchor="first session")


def test_a_canary_that_was_found_is_not_looked_for_again(
    log: Any, load: Any, loader: Loader, store: Store, at: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    ask = arms_module._ask

    def counted(store: Store, question: str, **parameters: Any) -> list[dict[str, Any]]:
        looked.append(question)
        return ask(store, question, **parameters)

    def found(until: datetime = now) -> tuple[int, int]:
        anchored = find_anchor(store, ARMS, since=None, released_at=None, until=until)
        return anchored.since - minute_of(now), looked.count("first_session")

    monkeypatch.setattr(arms_module, "_ask", counted)
    load(view(log, at, 20, "a"), view(log, at, 30, "b"))
    assert [found(), found()] == [(-40, 1), (-40, 1)]
    assert found(now - timedelta(minutes=35)) == (-40, 2)  # a look back, before the last one that is known
    mark(loader, now - timedelta(minutes=35), "2")
    assert [found(), found()] == [(-35, 3), (-35, 3)]
    load(view(log, at, 21, "c"))
    store.kept_parts.forget_seen("shop")
    assert found() == (-35, 4)


def test_a_first_session_that_is_marked_later_anchors_nothing_any_more(
    log: Any, load: Any, store: Store, at: Any, now: datetime
) -> None:
    def found(before_minutes: float) -> Anchored:
        until = now - timedelta(minutes=before_minutes)
        return find_anchor(store, ARMS, since=None, released_at=None, until=until)

    load(view(log, at, 20, "probe"), view(log, at, 25, "user"))
    assert [found(20), found(20)] == [Anchored(since=minute_of(now) - 40, anchor="first session")] * 2
    load(view(log, at, 20, "probe", later=22, seq=1, synthetic="test"), view(log, at, 42, "user", later=2, seq=1))
    assert [found(15), found(10)] == [Anchored(since=minute_of(now) - 35, anchor="first session")] * 2
    store.kept_parts.forget_seen("shop")  # as after a restart
    assert found(5).since == minute_of(now) - 35


def test_a_canary_that_users_never_saw_begins_a_day_ago(
    log: Any, load: Any, store: Store, at: Any, now: datetime
) -> None:
    load(
        view(log, at, 20, "a", version="1"),
        view(log, at, 20, "t", record={"synthetic": "test"}),
        view(log, at, 20, "r", version="2", sdk_name="reports"),
    )
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 1440, anchor="first session")


def test_the_arms_are_the_two_versions_registered_last(
    log: Any, load: Any, loader: Loader, store: Store, at: Any, now: datetime
) -> None:
    def found() -> Arms | None:
        return find_arms(store, "shop", canary=None, baseline=None, until=now)

    assert found() is None
    load(view(log, at, 1, "a", version="seen-1"), view(log, at, 2, "b", version="seen-2"))
    assert found() == Arms(app="shop", canary="seen-2", baseline="seen-1")
    mark(loader, now - timedelta(days=2), "1", position=1)
    mark(loader, now - timedelta(days=1), "2", position=2)
    assert found() == ARMS
    assert find_arms(store, "shop", canary="1", baseline=None, until=now) == Arms(app="shop", canary="1", baseline="2")


def mark(loader: Loader, at: datetime, version: str, position: int = 1) -> None:
    noun = Deployment(
        deployment_id=f"d{version}{position}",
        app="shop",
        environment="production",
        service_version=version,
        cohort=None,
        commit=None,
        deployed_at=at.astimezone(UTC),
        marked_by="ada",
    )
    loader.progress("records")
    loader.load_changes(after=position - 1, upto=position, changes=[(position, noun)], now=at, feed="records")
