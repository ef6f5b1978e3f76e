"""*Versions* and *Journey*: a figure never stands without its n, and below the floor it is hollow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Opens = Callable[..., Any]


async def test_a_release_that_sells_nothing_is_seen_beside_the_one_that_does(home: Home, look: Opens) -> None:
    home.visit("1.4.2", 200, buying=0.5, lcp_ms=1200)
    home.visit("1.5.0", 150, buying=0.0, lcp_ms=1200)
    home.serve()
    shown = await look(f"{home.url}/#/versions?app=shop&versions=1.4.2,1.5.0")
    bought = shown.page.locator("section.metric", has_text="Sessions with bought")
    await expect(bought).to_contain_text("n 200", timeout=15_000)
    await expect(bought).to_contain_text("n 150")
    await expect(bought).to_contain_text("0.0 % (0.0 to ")  # a share is a percentage
    verdict = shown.page.locator("section.verdict")
    await expect(verdict.get_by_role("heading")).to_contain_text("Hold 1.5.0 compared with 1.4.2", timeout=15_000)
    await expect(verdict.locator("p").first).to_contain_text("Hold 1.5.0: ")
    await expect(shown.page.locator(".legend").first).to_contain_text("200 page views, 57 %")
    lcp = shown.page.locator("section.metric", has_text="Largest contentful paint")
    await expect(lcp.get_by_role("row")).to_have_count(3)
    await expect(lcp.get_by_role("img")).to_be_visible()


async def test_a_figure_is_drawn_over_time_and_another_can_be_chosen(home: Home, look: Opens) -> None:
    home.visit("1.4.2", 60, buying=0.5, lcp_ms=1200)
    home.visit("1.5.0", 60, buying=0.0, lcp_ms=1200)
    home.serve()
    shown = await look(f"{home.url}/#/versions?app=shop&versions=1.4.2,1.5.0")
    chart = shown.page.get_by_role("img", name="views with an error of 1.4.2 and 1.5.0 over time")
    await expect(chart.locator("canvas")).to_be_visible(timeout=15_000)
    drawn = "(box) => { const c = box.querySelector('canvas'); return c.toDataURL().length; }"
    before = await chart.evaluate(drawn)
    await shown.page.get_by_label("figure").select_option("bought")
    chosen = shown.page.get_by_role("img", name="bought of 1.4.2 and 1.5.0 over time")
    await expect(chosen.locator("canvas")).to_be_visible()
    assert await chosen.evaluate(drawn) != before
    assert shown.said == []


async def test_a_verdict_is_opened_by_route_and_device_and_its_evidence_is_drawn(home: Home, look: Opens) -> None:
    home.release(minutes=60, per_minute=12)
    home.serve()
    shown = await look(f"{home.url}/#/versions?app=shop&versions=1.4.2,1.5.0")
    verdict = shown.page.locator("section.verdict")
    await expect(verdict).to_contain_text(" on /checkout (2", timeout=60_000)
    await verdict.get_by_role("button", name="sessions with an error").click()
    by_route = verdict.get_by_role("region", name="sessions with an error by segment")
    await expect(by_route.locator(".difference")).to_have_count(3, timeout=30_000)
    await expect(by_route.locator(".difference", has_text="most harm")).to_contain_text("/checkout")
    await verdict.get_by_role("button", name="bought").click()
    by_segment = verdict.get_by_role("region", name="bought by segment")
    await by_segment.get_by_role("button", name="device").click()
    await expect(by_segment).to_contain_text("The plain totals of bought say the opposite (−", timeout=30_000)
    await expect(by_segment.locator(".difference")).to_have_count(2)
    evidence = verdict.locator("section.evidence")
    chart = evidence.get_by_role("img", name="Harm in sessions with an error: evidence over time")
    await expect(chart.locator("canvas")).to_be_visible()
    await expect(evidence.get_by_role("progressbar", name="sample so far")).to_be_visible()
    await expect(evidence).to_contain_text("canary sessions (")
    before = await chart.evaluate("(box) => box.querySelector('canvas').toDataURL()")
    await evidence.get_by_label("evidence of").select_option("kpi:bought")
    await expect(evidence.get_by_role("img", name="Harm in bought: evidence over time")).to_be_visible()
    differs = "(before) => ![null, before].includes(document.querySelector('.evidence canvas')?.toDataURL() ?? null)"
    await shown.page.wait_for_function(differs, arg=before)
    assert await violations(shown) == []
    said = await verdict.locator("p").first.inner_text()
    await shown.page.get_by_role("link", name="Now").click()
    await expect(shown.page.locator(".standing")).to_contain_text(said.partition(":")[0] + ":")
    assert shown.said == []


async def test_below_the_floor_a_figure_says_what_is_needed(home: Home, look: Opens) -> None:
    home.visit("1.4.2", 12, buying=0.5, lcp_ms=1200)
    home.serve()
    shown = await look(f"{home.url}/#/versions?app=shop")
    await expect(shown.page.get_by_text("n 12, 30 sessions needed").first).to_be_visible(timeout=15_000)


async def test_an_app_without_a_view_teaches_the_tag(home: Home, look: Opens) -> None:
    home.serve()
    shown = await look(f"{home.url}/#/versions?app=shop")
    await expect(shown.page.get_by_text("No page view of a real user in the last 24h")).to_be_visible(timeout=15_000)
    await expect(shown.page.get_by_text("leadline snippet")).to_be_visible()


async def test_a_journey_lists_its_failures_with_what_the_browser_showed(home: Home, look: Opens) -> None:
    home.run("checkout", cohort="baseline")
    home.fail("checkout", cohort="canary", service_version="1.5.0")
    home.serve()
    shown = await look(f"{home.url}/#/journey?app=shop&name=checkout")
    await expect(shown.page.get_by_role("heading", name="Failures")).to_be_visible()
    failures = shown.page.locator(".failures li")
    await expect(failures).to_have_count(2)
    await expect(failures.first.get_by_role("img")).to_be_visible()
    await expect(shown.page.get_by_role("row", name="home")).to_contain_text("1.4.2", timeout=15_000)
