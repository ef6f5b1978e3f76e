"""What each kind of objective counts, on a small store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadline.model import RunResult, RunStatus
from leadline.model.indicators import parse_indicator
from leadline.store import Loader, Store
from leadline.store.objectives import read_objective_counts
from leadline.wire import BeaconError, BeaconEvent, Vitals

MINUTE_MS = 60_000


@pytest.fixture
def visits(load: Any, log: Any, now_ms: int) -> None:
    """Three real sessions an hour ago (one with an error, one that bought in time, one that bought too late), a probe,
    and one session of this minute."""
    hour_ago = now_ms - 60 * MINUTE_MS
    bought = [BeaconEvent(name="bought", value=5, at_ms=1000)]

    def at(received_ms: int, view: str, session: str, **more: Any) -> bytes:
        body: bytes = log(received_ms=received_ms, page_view_id=view, session_id=session, service_version="2", **more)
        return body

    load(
        at(hour_ago, "a", "s1", vitals=Vitals(lcp_ms=2500), errors=[BeaconError(message="boom", fingerprint="f")]),
        at(hour_ago + 1000, "b", "s2", vitals=Vitals(lcp_ms=2499), events=bought),
        at(hour_ago + 2000, "c", "s3", vitals=Vitals(cls=0.3)),
        at(hour_ago + 40 * MINUTE_MS, "c2", "s3", events=bought),
        at(hour_ago, "t", "s4", vitals=Vitals(lcp_ms=9000), synthetic="test", errors=[BeaconError(message="boom")]),
        at(now_ms, "d", "s5"),
    )


def counts(store: Store, text: str, now: datetime) -> list[tuple[int, str, float, float]]:
    """(minutes before now, version, valid, bad), the oldest first."""
    span = {"since": now - timedelta(hours=24), "until": now + timedelta(minutes=1)}
    found = read_objective_counts(store, parse_indicator(text), app="shop", **span)
    rows = [
        (round((now - one.starts_at).total_seconds() / 60), one.service_version, one.valid, one.bad) for one in found
    ]
    return sorted(rows, reverse=True)


@pytest.mark.usefixtures("visits")
def test_errors_count_views_of_users_by_the_minute_they_arrived(store: Store, now: datetime) -> None:
    assert counts(store, "errors", now) == [(60, "2", 3.0, 1.0), (20, "2", 1.0, 0.0), (0, "2", 1.0, 0.0)]


@pytest.mark.usefixtures("visits")
def test_a_vital_at_its_threshold_is_bad_and_a_view_without_it_counts_for_nothing(store: Store, now: datetime) -> None:
    assert counts(store, "vital:lcp_ms<2500", now) == [(60, "2", 2.0, 1.0)]
    assert counts(store, "vital:cls<0.5", now) == [(60, "2", 1.0, 0.0)]


@pytest.mark.usefixtures("visits")
def test_a_kpi_counts_a_session_when_its_time_is_over(store: Store, now: datetime) -> None:
    assert counts(store, "kpi:bought", now) == [(30, "2", 3.0, 2.0)]


def test_runs_that_judge_nothing_and_those_that_confirm_count_for_nothing(
    store: Store, loader: Loader, now: datetime
) -> None:
    run = RunResult(
        run_id="r1", monitor="journey", name="checkout", app="shop", status=RunStatus.PASSED,
        started_at=now - timedelta(seconds=1), finished_at=now, duration_ms=1000.0, service_version="2",
    )  # fmt: skip
    runs = [
        run,
        replace(run, run_id="r2", status=RunStatus.FAILED),
        replace(run, run_id="r3", status=RunStatus.FAILED, confirms_run_id="r2"),
        replace(run, run_id="r4", status=RunStatus.ABORTED),
        replace(run, run_id="r5", status=RunStatus.SKIPPED),
        replace(run, run_id="r6", name="other", status=RunStatus.FAILED),
        replace(run, run_id="r7", status=RunStatus.DEGRADED),
        replace(run, run_id="r8", source="adhoc", status=RunStatus.FAILED),
        replace(run, run_id="r9", monitor="check", name="api", status=RunStatus.FAILED),
    ]
    loader.progress("records")
    loader.load_changes(after=0, upto=len(runs), changes=list(enumerate(runs, 1)), now=now)
    assert counts(store, "journey:checkout", now) == [(0, "2", 3.0, 1.0)]
    assert counts(store, "check:api", now) == [(0, "2", 1.0, 1.0)]


@pytest.mark.usefixtures("visits")
def test_what_arrived_later_is_left_out(store: Store, now: datetime) -> None:
    span = {"since": now - timedelta(hours=24), "until": now - timedelta(minutes=35)}
    for text, minutes in (("errors", 1), ("vital:lcp_ms<2500", 1), ("kpi:bought", 0)):
        assert len(read_objective_counts(store, parse_indicator(text), app="shop", **span)) == minutes


def test_nothing_is_no_minute(store: Store, now: datetime) -> None:
    for text in ("errors", "vital:lcp_ms<2500", "kpi:bought", "journey:checkout", "check:api"):
        assert counts(store, text, now) == []
