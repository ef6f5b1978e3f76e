"""*Run* beside a journey or check: what the dashboard asks of the scheduler, and what it says where none runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from playwright.async_api import expect

from leadline.clock import now
from leadline.settings.run_requests import take_requests

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Opens = Callable[..., Any]
WAIT = 30_000


async def test_a_click_asks_for_that_one_run_and_says_that_no_scheduler_is_there_for_it(
    home: Home, look: Opens
) -> None:
    home.run("checkout", cohort="canary")
    home.run("front", monitor="check", steps=())
    home.serve()
    shown = await look(home.url)

    await shown.page.get_by_role("button", name="Run shop checkout as canary now").click(timeout=WAIT)

    await expect(shown.page.get_by_role("status")).to_contain_text("The scheduler is not running", timeout=WAIT)
    [asked] = take_requests(home.settings.paths.run, now=now())
    assert (asked.app, asked.monitor, asked.name, asked.cohort) == ("shop", "journey", "checkout", "canary")
    assert await violations(shown) == []
    await expect(shown.page.get_by_role("button", name="Run shop front now")).to_be_visible()
