"""*Releases*: where a release stands, what was or would have been done, and the abort in two clicks, with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from hooks.stand import roll_back
from playwright.async_api import expect
from story.world import free_ports

from leadline import clock
from leadline.cli import main
from leadline.model import Action

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Opens = Callable[..., Any]
GATE = """[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
[[hook]]
name = "revert"
kind = "command"
command = ["touch", "reverted"]
[[gate]]
app = "shop"
exposure = "new-checkout"
stages = [{ share = 0.05 }, { share = 1.0 }]
on_rollback = ["revert"]
"""


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home", free_ports(1)[0], app_more=GATE)
    yield home
    home.close()


async def test_a_release_is_aborted_in_two_clicks_with_a_reason(gated: Home, look: Opens) -> None:
    assert gated.records is not None
    assert main(["release", "start", "-c", str(gated.folder / "leadline.toml")]) == 0
    roll_back(gated.records, gated.settings)
    gated.records.write_action(
        Action(
            action_id=clock.new_id(),
            hook="stage 100 %",
            kind="stage",
            state="would_have",
            cause="release",
            requested_at=clock.now(),
            requested_by="leadline",
            idempotency_key="",
            app="shop",
            canary="1.5.0",
            reason="the gate is not armed",
        )
    )
    gated.records.write_action(
        Action(
            action_id=clock.new_id(),
            hook="undo",
            kind="command",
            state="verified",
            cause="hand",
            requested_at=clock.now(),
            requested_by="Ada",
            idempotency_key="hand/1",
            app="shop",
            canary="1.4.9",
            verified_at=clock.now(),
            evidence="3 fetches in a row: anyone got 1.4.2",
            recovered_at=clock.now(),
            recovery="bought 20.1 % in 812 sessions since then (1.4.2 had 20.0 %, 1.4.9 10.0 %)",
        )
    )
    gated.serve()
    shown = await look(f"{gated.url}/#/releases")
    card = shown.page.get_by_role("article", name="shop")
    await expect(card).to_contain_text("stage 1 of 2, 5 %")
    await expect(card).to_contain_text("Recovered at")
    await expect(card).to_contain_text("bought 20.1 % in 812 sessions since then (1.4.2 had 20.0 %, 1.4.9 10.0 %)")
    await expect(card).to_contain_text("Roll back 1.5.0: it sells less than 1.4.2.")
    await expect(card).to_contain_text("revert would have run, nothing was done, by the verdict")
    await expect(card).to_contain_text("hook revert was never rehearsed")
    await expect(card).to_contain_text("stage 100 % is ready; begin it")
    await card.get_by_role("button", name="Abort the release of shop").click()
    assert await violations(shown) == []
    await card.get_by_label("Reason to abort the release of shop").fill("orders get lost")
    await card.get_by_role("button", name="Roll the canary back").click()
    await expect(card).to_contain_text("taken back")
    published = json.loads((gated.settings.paths.home / "flags.json").read_text())
    assert published["states"][0]["override"]["reason"] == "orders get lost"
    # Nobody can see a version here, so the hook is run and then said to be unseen: that is shown as it is.
    await expect(card.get_by_role("alert")).to_contain_text("ran hook revert: failed")
    await expect(card).to_contain_text("not verified")
    assert (gated.folder / "reverted").exists()
    assert await violations(shown) == []
    await shown.page.reload()
    await expect(card).to_contain_text("taken back")
    await expect(card.get_by_role("button", name="Abort the release of shop")).to_have_count(0)


async def test_what_users_can_t_get_is_not_aborted(gated: Home, look: Opens) -> None:
    gated.serve()
    shown = await look(f"{gated.url}/#/releases")
    card = shown.page.get_by_role("article", name="shop")
    abort = card.get_by_role("button", name="Abort the release of shop")
    await expect(card).to_contain_text("no release is under way")
    await expect(abort).to_have_count(0)
    words = ["flag", "set", "new-checkout", "on", "--share", "0.3"]
    assert main([*words, "-c", str(gated.folder / "leadline.toml")]) == 0
    await shown.page.reload()
    await expect(card).to_contain_text("opened to something that is not a stage")
    await expect(abort).to_be_visible()


async def test_now_says_what_leadline_did_about_a_release(gated: Home, look: Opens) -> None:
    assert gated.records is not None
    roll_back(gated.records, gated.settings)
    gated.serve()
    shown = await look(gated.url)
    sentence, card = shown.page.get_by_role("heading", level=1), shown.page.get_by_role("article")
    await expect(sentence).to_contain_text("roll back.")
    await expect(card).to_contain_text("Leadline would have run hook revert.")
    await expect(card).not_to_contain_text("as anyone")
    (done,) = gated.records.actions()
    gated.records.write_action(
        replace(done, state="verified", verified_at=clock.now(), evidence="3 fetches in a row: anyone got 1.4.2")
    )
    await expect(sentence).to_contain_text("rolled back.")
    await expect(card).to_contain_text("3 fetches in a row: anyone got 1.4.2")
    assert await violations(shown) == []


BY_HAND = """[[gate]]
app = "shop"
stages = [{ share = 0.1 }, { share = 1.0 }]
"""


async def test_a_stage_by_hand_says_what_to_set_and_what_was_seen(tmp_path: Path, look: Opens) -> None:
    home = Home(tmp_path / "home", free_ports(1)[0], app_more=BY_HAND)
    try:
        assert home.records is not None
        file = str(home.folder / "leadline.toml")
        for version in ("1.4.2", "1.5.0"):
            assert main(["deploy", "mark", "--app", "shop", "--version", version, "-c", file]) == 0
        assert main(["release", "start", "-c", file]) == 0
        home.serve()
        shown = await look(f"{home.url}/#/releases")
        card = shown.page.get_by_role("article", name="shop")
        await expect(card).to_contain_text("stage 1 of 2, 10 %, asked for")
        await expect(card.get_by_role("status")).to_have_text(
            "Now you: set 1.5.0 to 10 % now. 10 % waits for 10 % of new sessions on 1.5.0"
        )
        await expect(card).to_contain_text("stage 10 % waits for a person")
        assert await violations(shown) == []
        [move] = home.records.moves()
        home.records.write_move(replace(move, seen_at=clock.now(), seen="52 of 500 new sessions on 1.5.0 (10 %)"))
        delivery = shown.page.get_by_role("region", name="Delivery of shop")
        row = delivery.locator("tr")
        await expect(row.nth(0)).to_contain_text("n 2")
        await expect(row.nth(2)).to_contain_text("0.0 % 0 of 2")
        await expect(row.nth(1)).to_contain_text("no data")
        await shown.page.reload()
        await expect(card).to_contain_text("52 of 500 new sessions on 1.5.0 (10 %)")
        await expect(card).not_to_contain_text("Now you")
        await card.get_by_role("button", name="Abort the release of shop").click()
        await card.get_by_role("button", name="Roll the canary back").click()
        await expect(card).to_contain_text("taken back")
        await expect(card.get_by_role("status")).to_have_text("Now you: set 1.5.0 to 0 % now.")
    finally:
        home.close()


async def test_a_home_without_a_gate_teaches_one(home: Home, look: Opens) -> None:
    home.serve()
    shown = await look(f"{home.url}/#/releases")
    await expect(shown.page.get_by_text("No gate yet")).to_be_visible()
