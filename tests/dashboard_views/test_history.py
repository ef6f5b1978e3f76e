"""*Incidents*, one incident as it went, and *Budgets*: in a real browser on real records and a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from playwright.async_api import expect
from story.world import free_ports

from leadline import clock
from leadline.model import RunStatus, TransitionKind
from leadline.wire import Beacon, BeaconError

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Opens = Callable[..., Any]
SLO = '[[slo]]\nname = "errors"\napp = "shop"\nindicator = "errors"\nobjective = 0.9\nwindow = "1d"\n'


@pytest.fixture
def with_objective(tmp_path: Path) -> Any:
    home = Home(tmp_path / "home", free_ports(1)[0], app_more=SLO)
    yield home
    home.close()


async def test_an_incident_shows_its_timeline_its_spans_and_who_was_told(home: Home, look: Opens) -> None:
    home.fail("checkout", cohort="canary", service_version="1.5.0")
    home.serve()
    shown = await look(f"{home.url}/#/incidents")
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text("1 open.")
    page = shown.page
    await page.get_by_role("button", name="Send a test page to oncall").click()
    await expect(page.get_by_role("row", name="oncall")).to_contain_text("2")  # this one and the incident's own
    assert [row.transition for row in home.records.notifications()].count(TransitionKind.TEST) == 1
    await page.get_by_role("link", name="shop checkout fails").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("shop checkout fails at pay on 1.5.0 (canary)")
    await expect(page.get_by_text("Time to acknowledge")).to_be_visible()
    await expect(page.locator(".timeline li")).to_have_count(1)
    await expect(page.get_by_role("row", name="oncall")).to_contain_text("open")
    await expect(page.get_by_role("link", name="screenshot").first).to_be_visible()
    await page.get_by_role("button", name="I am on it").click()
    await expect(page.get_by_text("anybody is on it").first).to_be_visible()
    await expect(page.locator(".timeline li")).to_have_count(2)
    await page.get_by_role("button", name="Silence this monitor for 1 h").click()
    await expect(page.locator(".timeline li").nth(2)).to_contain_text("Silenced by anybody")
    await page.get_by_label("Note").fill("provider is down")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.locator(".timeline li").nth(3)).to_contain_text("Note by anybody: provider is down")
    await expect(page.get_by_label("Note")).to_have_value("")
    assert await violations(shown) == []
    assert shown.said == []


async def test_an_incident_that_is_over_says_how_long_it_took(home: Home, look: Opens) -> None:
    home.fail("checkout")
    home.run("checkout", RunStatus.PASSED)
    home.serve()
    shown = await look(f"{home.url}/#/incidents")
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text("No incident is open.")
    await shown.page.get_by_role("link", name="shop checkout").click()
    await expect(shown.page.locator("dd").nth(2)).to_contain_text(" s")
    await expect(shown.page.get_by_role("button", name="I am on it")).to_have_count(0)


async def test_a_budget_says_what_is_left_and_who_spent_it(with_objective: Home, look: Opens) -> None:
    home = with_objective
    began = clock.now_ms() - 60_000
    home.beacons(
        [
            Beacon(
                key="pk_shop", page_view_id=f"v{n}", session_id=f"s{n}", seq=0, started_at=began, sent_at=began + 500,
                service_version="1.5.0", errors=[BeaconError(message="boom", error_type="TypeError")] if n < 5 else [],
            )
            for n in range(100)
        ]
    )  # fmt: skip
    home.serve()
    shown = await look(f"{home.url}/#/budgets")
    card = shown.page.get_by_role("article", name="shop errors")
    await expect(card).to_contain_text("50.0 % left")
    await expect(card).to_contain_text("100 % left")  # where its course begins
    await expect(card).to_contain_text("5 of 100 bad, 10.0 allowed")
    await expect(card).to_contain_text("Spent by 1.5.0 (100 %, 5 of 100)")
    await expect(card.get_by_role("img")).to_be_visible()
    assert await violations(shown) == []


async def test_a_home_without_an_objective_teaches_one(home: Home, look: Opens) -> None:
    home.serve()
    shown = await look(f"{home.url}/#/budgets")
    await expect(shown.page.get_by_text("No objective yet")).to_be_visible()
