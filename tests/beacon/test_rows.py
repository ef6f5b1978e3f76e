"""From the page to the analyst's tables: each way in which a visit can end or repeat itself, and the rows it becomes.

All visits are made at once, the store is opened once, and each test looks at the rows of one of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from beacon.site import open_site
from beacon.visiting import WHOLE_CHROMIUM, Visiting
from beacon.visits import Visits
from filled_homes import open_home

from leadline.settings import load_settings

pytestmark = pytest.mark.browser

TABLES = ("page_views", "vitals", "errors", "events", "requests")
needs_whole_chromium = pytest.mark.skipif(WHOLE_CHROMIUM is None, reason="needs a whole Chromium")


@dataclass
class Rows:
    under: str
    tables: dict[str, list[dict]]

    def of(self, name, table):
        start = f"{self.under}/{name}"
        return [
            row for row in self.tables[table] if row["url_path"] == start or row["url_path"].startswith(start + "/")
        ]

    def columns(self, name, table, columns):
        return [tuple(row[column] for column in columns.split(", ")) for row in self.of(name, table)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rows(collecting, browsers, tmp_path_factory):
    """Every visit, told, loaded and read."""
    day_ms = 86_400_000
    with open_site(collecting) as site:
        visiting = Visiting(await browsers.shared())
        visiting.expect("Failed to load resource")
        visits = Visits(site, visiting)
        whole = []
        async with asyncio.TaskGroup() as group:
            if WHOLE_CHROMIUM is not None:
                group.create_task(visits.prerendered(tmp_path_factory.mktemp("alone")))
                whole.append(Visiting(await browsers.shared(WHOLE_CHROMIUM)))
                group.create_task(visits.back_from_the_cache(whole[0]))
            group.create_task(visits.crashed())
            group.create_task(visits.of_two_versions())
            group.create_task(visits.replaced())
            group.create_task(visits.seen_softly())
            group.create_task(visits.offline_and_back())
            for visit in [
                visits.without_consent(),
                visits.in_two_tabs(),
                visits.by_a_wrong_clock("behind", -day_ms),
                visits.by_a_wrong_clock("ahead", day_ms),
                visits.out_of_the_sample(),
                visits.in_a_storm(),
                visits.by_a_probe(),
                visits.with_the_script_twice(),
                visits.in_a_frame_without_storage(),
            ]:
                await visit
        for each in [visiting, *whole]:
            await each.close()
            assert each.unexpected() == []
        under = visits.under
    with open_home(load_settings(collecting.folder / "leadline.toml")) as home:
        sql = "SELECT * FROM {} WHERE url_path LIKE '{}/%' ORDER BY occurred_at"
        tables = {table: home.query(sql.format(table, under)).table.to_pylist() for table in TABLES}
    return Rows(under, tables)


def test_a_visit_has_the_version_it_happened_in(rows) -> None:
    start = rows.under + "/versions"
    assert rows.columns("versions", "page_views", "service_version, cohort, url_path, navigation_type")[::2] == [
        ("1.4.2", "baseline", start, "navigate"),
        ("1.5.0", "baseline", start + "/product/17", "version-change"),
    ]
    assert rows.columns("versions", "page_views", "route")[1][0].endswith("/versions/product/:id")
    assert len(set(rows.columns("versions", "page_views", "app, session_id, telemetry_sdk_name"))) == 1
    assert rows.columns("versions", "events", "service_version, name, value") == [
        ("1.4.2", "bought", 42.5),
        ("1.5.0", "bought", 0.00001),
    ]
    assert rows.columns("versions", "errors", "service_version, error_type, message, count") == [
        ("1.4.2", "TypeError", "no price 0", 3)
    ]
    assert rows.columns("versions", "requests", "service_version, method, route, status_code") == [
        ("1.4.2", "PUT", "/status/:id", 503)
    ]
    [(version, lcp_ms, fcp_ms, ttfb_ms), *_] = rows.columns(
        "versions", "vitals", "service_version, lcp_ms, fcp_ms, ttfb_ms"
    )
    assert version == "1.4.2"
    assert 0 < ttfb_ms < fcp_ms <= lcp_ms
    assert '"gold"' in rows.of("versions", "page_views")[0]["attributes"]


def test_a_view_that_was_told_of_twice_is_one_row_and_its_newest_state(rows) -> None:
    assert len(rows.of("replaced", "page_views")) == 1
    assert len(rows.of("replaced", "vitals")) == 1
    assert rows.columns("replaced", "events", "name") == [("first",), ("second",)]
    assert rows.columns("replaced", "errors", "message, count") == [("late", 1)]


def test_a_view_whose_renderer_crashed_is_there_with_what_was_known(rows) -> None:
    [view] = rows.of("crashed", "page_views")
    [event] = rows.of("crashed", "events")
    [vitals] = rows.of("crashed", "vitals")
    assert event["name"] == "before_the_crash"
    assert vitals["lcp_ms"] > 0
    # Armed ahead, and sent by the browser: what it states is no later than its arrival.
    assert view["occurred_at"] <= event["occurred_at"] <= view["received_at"]


def test_two_tabs_are_two_sessions(rows) -> None:
    assert len(set(rows.columns("tabs", "page_views", "session_id"))) == 2


@pytest.mark.parametrize("name", ["behind", "ahead"])
def test_a_clock_that_is_wrong_by_a_day_is_moved_to_when_it_was(rows, name) -> None:
    [view] = rows.of(name, "page_views")
    [event] = rows.of(name, "events")
    assert timedelta(0) <= view["received_at"] - view["occurred_at"] < timedelta(minutes=10)
    assert view["occurred_at"] <= event["occurred_at"] <= event["received_at"]


def test_a_soft_navigation_is_a_row_with_vitals_of_its_own(rows) -> None:
    assert rows.columns("soft", "page_views", "navigation_type") == [("navigate",), ("soft-navigation",)]
    load, soft = rows.of("soft", "vitals")
    assert load["ttfb_ms"] > 0
    assert soft["ttfb_ms"] is None
    assert soft["lcp_ms"] > 0
    assert soft["page_view_id"] != load["page_view_id"]


def test_a_session_out_of_the_sample_has_its_errors_marked_and_nothing_else(rows) -> None:
    assert rows.columns("unsampled", "errors", "error_type, count") == [("RangeError", 1)]
    assert [rows.of("unsampled", table) for table in ("vitals", "events", "requests")] == [[], [], []]
    assert all('"errors_only":true' in row["attributes"] for row in rows.of("unsampled", "page_views"))


@pytest.mark.parametrize("name", ["refused", "unasked"])
def test_a_visit_without_consent_is_no_row(rows, name) -> None:
    assert {table: rows.of(name, table) for table in TABLES} == {table: [] for table in TABLES}


def test_a_storm_of_errors_is_one_row_with_a_count(rows) -> None:
    assert rows.columns("storm", "errors", "message, count") == [("no price for 0", 500)]
    assert len(rows.of("storm", "page_views")) == 1


def test_a_probe_is_marked_and_nobody_else(rows) -> None:
    kinds = {(row["url_path"].rsplit("/")[2], row["user_agent_synthetic_type"]) for row in rows.tables["page_views"]}
    assert {name for name, kind in kinds if kind == "test"} == {"probe"}
    assert rows.columns("probe", "vitals", "user_agent_synthetic_type") == [("test",)]


def test_what_happened_offline_is_a_row_of_the_view_it_happened_in(rows) -> None:
    [view] = rows.of("tunnel", "page_views")
    assert rows.columns("tunnel", "events", "name, page_view_id") == [("in_the_tunnel", view["page_view_id"])]


@pytest.mark.parametrize(("name", "event"), [("twice", "once"), ("framed", "framed")])
def test_a_script_that_is_there_twice_or_in_a_frame_without_storage_makes_one_view(rows, name, event) -> None:
    assert len(rows.of(name, "page_views")) == 1
    assert rows.columns(name, "events", "name") == [(event,)]


@needs_whole_chromium
def test_a_return_from_the_back_forward_cache_is_a_row_of_its_own(rows) -> None:
    assert rows.columns("cached", "page_views", "navigation_type") == [("navigate",), ("back-forward-cache",)]
    assert len({row["session_id"] for row in rows.of("cached", "page_views")}) == 1
    assert all(row["lcp_ms"] > 0 for row in rows.of("cached", "vitals"))


@needs_whole_chromium
def test_a_page_that_was_prerendered_is_one_row_from_when_it_was_shown(rows) -> None:
    assert rows.columns("prerendered", "page_views", "navigation_type") == [("prerender",)]
    [vitals] = rows.of("prerendered", "vitals")
    assert vitals["ttfb_ms"] == 0
