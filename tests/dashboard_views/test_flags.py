"""*Flags*: who gets what, and the kill in two clicks, with its reason for the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from playwright.async_api import expect
from story.world import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Opens = Callable[..., Any]
FLAG = """[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
rules = [{ share = 0.05, variant = "on" }]
"""


@pytest.fixture
def flagged(tmp_path: Path) -> Any:
    home = Home(tmp_path / "home", free_ports(1)[0], app_more=FLAG)
    yield home
    home.close()


async def test_a_flag_is_killed_with_a_reason_and_restored(flagged: Home, look: Opens) -> None:
    flagged.serve()
    shown = await look(f"{flagged.url}/#/flags")
    card = shown.page.get_by_role("article", name="new-checkout")
    await expect(card).to_contain_text("5 % of users: 'on'; the others: 'off'")
    await card.get_by_role("button", name="Kill new-checkout").click()
    await card.get_by_label("Reason to kill new-checkout").fill("orders get lost")
    await card.get_by_role("button", name="Give everybody off").click()
    await expect(card).to_contain_text("killed by anybody")
    await expect(card).to_contain_text("Reason: orders get lost")
    published = json.loads((flagged.settings.paths.home / "flags.json").read_text())
    assert published["states"][0]["override"]["action"] == "killed"
    assert await violations(shown) == []
    await card.get_by_role("button", name="Restore new-checkout").click()
    await expect(card).to_contain_text("as configured")


async def test_a_home_without_a_flag_teaches_one(home: Home, look: Opens) -> None:
    home.serve()
    shown = await look(f"{home.url}/#/flags")
    await expect(shown.page.get_by_text("No flags yet")).to_be_visible()
