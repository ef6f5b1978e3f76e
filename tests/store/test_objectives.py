"""Budgets as the store service answers them: from minutes that are kept, as if everything were read anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.store import Loader, Store, open_store
from leadline.storeclient.objectives import ObjectiveAnswer, ObjectiveAsked, ObjectivesAsked, alert_rows, budget_row
from leadline.wire import Beacon, BeaconError, LoggedBeacon, encode_logged
from leadline_store.figures.objectives import _minutes, list_objectives

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

View = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


@pytest.fixture
def view(store: Store) -> View:
    """Loads page views that arrived at one time; `broken` of them with an error."""
    loader = Loader(store)

    def load(at: datetime, *, views: int = 1, broken: int = 0, version: str = "1") -> None:
        after = loader.progress("log")
        records = []
        for number in range(views):
            received_ms = int(at.timestamp() * 1000)
            errors = [BeaconError(message="boom", fingerprint="f")] if number < broken else []
            beacon = Beacon(
                key="pk", page_view_id=f"{after}-{number}", session_id=f"{after}-{number}", service_version=version,
                seq=0, started_at=received_ms - 1000, errors=errors,
            )  # fmt: skip
            logged = LoggedBeacon(app="shop", environment="production", received_at_ms=received_ms, beacon=beacon)
            records.append((after + 1 + number, encode_logged(logged)))
        loader.load_beacons("log", after=after, upto=after + views, records=records, bad=[], now=at)

    return load


def ask(store: Store, at: datetime, **fields: Any) -> ObjectiveAnswer:
    told: dict[str, Any] = {
        "name": "errors", "app": "shop", "indicator": "errors", "objective": 0.99, "window_s": 30 * 86400.0,
    }  # fmt: skip
    [answer] = list_objectives(store, ObjectivesAsked(objectives=[ObjectiveAsked(**told | fields)], at=at))
    return answer


def test_a_budget_says_what_is_left_and_which_version_spent_it(store: Store, view: View) -> None:
    view(NOON - 2 * MINUTE, views=300, broken=1)
    view(NOON - MINUTE, views=100, broken=1, version="2")
    answer = ask(store, NOON)
    assert (answer.valid, answer.bad, answer.allowed_bad) == (400, 2, pytest.approx(4.0))
    assert answer.left_ratio == pytest.approx(0.5)
    assert [(one.service_version, one.ratio) for one in answer.spent_by] == [("1", 0.5), ("2", 0.5)]
    assert answer.points[-1].left_ratio == pytest.approx(0.5)
    row = budget_row(answer)
    assert (row["state"], row["burn_window_s"], row["good_ratio"]) == ("ok", 3600, pytest.approx(0.995))


def test_a_burn_is_critical_and_every_alert_is_a_row(store: Store, view: View) -> None:
    for minute in range(10):
        view(NOON - (minute + 1) * MINUTE, views=20, broken=10)
    answer = ask(store, NOON)
    assert (answer.severity, budget_row(answer)["state"]) == ("critical", "critical")
    assert answer.spent_at == NOON
    rows = alert_rows(answer)
    assert [(row["factor"], row["is_firing"]) for row in rows] == [(14.4, True), (6.0, True), (3.0, True), (1.0, True)]


def test_an_objective_without_events_is_no_data_and_never_ok(store: Store, view: View) -> None:
    assert budget_row(ask(store, NOON))["state"] == "no_data"


def test_minutes_that_are_kept_answer_as_if_they_were_read_anew(store: Store, view: View) -> None:
    view(NOON - timedelta(hours=20), views=50, broken=2)
    view(NOON - timedelta(hours=1), views=50, broken=1)
    ask(store, NOON)
    view(NOON + MINUTE, views=10, broken=1)
    later = NOON + 5 * MINUTE
    kept = ask(store, later)
    _minutes.__init__()  # type: ignore[misc]  # forgets
    assert ask(store, later) == kept
    assert (kept.valid, kept.bad) == (110, 4)


def test_an_earlier_moment_is_asked_without_what_came_later(store: Store, view: View) -> None:
    view(NOON - MINUTE, views=10)
    view(NOON + MINUTE, views=10, broken=10)
    assert ask(store, NOON + 5 * MINUTE).bad == 10
    assert ask(store, NOON).bad == 0


def test_a_calendar_window_leaves_out_what_lies_before_it(store: Store, view: View) -> None:
    view(NOON - timedelta(hours=2), views=100, broken=50)
    view(NOON - MINUTE, views=100, broken=0)
    since = NOON - timedelta(hours=1)
    answer = ask(store, NOON, since=since, until=since + timedelta(days=30))
    assert (answer.valid, answer.bad, answer.left_ratio) == (100, 0, 1.0)
