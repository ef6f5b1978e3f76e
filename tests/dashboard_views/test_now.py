"""*Now* answers "what is broken?", says when nobody is looking, and teaches the next step where there is nothing."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from dashboard_views.seeded import Home, violations
from playwright.async_api import expect
from story.world import free_ports, wait_until

from leadline import clock
from leadline.model import RunStatus
from leadline.records import Silence
from leadline_scheduler.state import STATE_FILE, SchedulerState, write_state

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
Opens = Callable[..., Any]

HOSTILE = "<img src=x onerror=alert(1)>\u202e\x1b[31m" + "x" * 10_000


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with something in every view; whoever uses it only looks."""
    home = Home(tmp_path_factory.mktemp("looked_at"), free_ports(1)[0])
    try:
        home.run("search", cohort=None)
        home.run("checkout", cohort="baseline")
        home.fail("checkout", cohort="canary", service_version="1.5.0")
        home.run("checkout", RunStatus.SKIPPED, cohort="canary", error_message="the previous run had not ended")
        home.visit("1.4.2", 90, buying=0.3, lcp_ms=1200)
        home.visit("1.5.0", 80, buying=0.1, lcp_ms=1300)
        home.serve()
        wait_until("the beacons are rows", lambda: "1.5.0" in _versions(home), within_s=90)
        yield home
    finally:
        home.close()


def _versions(home: Home) -> str:
    with urllib.request.urlopen(f"{home.url}/v1/versions?app=shop", timeout=10) as answer:
        return str(answer.read())


async def test_a_confirmed_failure_is_the_first_thing_that_is_read(looked_at: Home, look: Opens) -> None:
    shown = await look(looked_at.url)
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text(
        "1 thing is broken. shop checkout fails on 1.5.0 (canary)"
    )
    card = shown.page.get_by_role("article")
    await expect(card).to_contain_text("Thank you is not visible")
    await expect(card.get_by_role("img")).to_be_visible()
    await card.get_by_text("Text of the page").click()
    await expect(card).to_contain_text("users of canary")
    failing = shown.page.locator(".line.failing")  # what the last judged run found, not why the last one did not run
    await expect(failing).to_contain_text("pay: Thank you is not visible")
    await expect(failing.get_by_role("link", name="picture")).to_be_visible()
    assert shown.said == []


async def test_the_screenshot_is_one_click_away(looked_at: Home, look: Opens) -> None:
    shown = await look(looked_at.url)
    await shown.page.get_by_role("article").get_by_role("img").click()
    await shown.page.wait_for_url("**/screenshot.png")
    assert await shown.page.locator("img").evaluate("(img) => img.naturalWidth") == 320


async def test_i_am_on_it_is_seen_by_everybody(home: Home, look: Opens) -> None:
    home.fail("checkout")
    home.serve()
    mine, yours = await look(home.url), await look(home.url)
    await mine.page.get_by_role("button", name="I am on it").click()
    await expect(mine.page.get_by_role("article").get_by_text("anybody is on it", exact=True)).to_be_visible()
    await expect(yours.page.get_by_role("article").get_by_text("anybody is on it", exact=True)).to_be_visible()


async def test_what_mutes_pages_is_said_with_who_why_and_until(home: Home, look: Opens) -> None:
    home.run("checkout")
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text("No results since")
    begin = clock.now()
    home.records.add_silence(
        Silence(
            silence_id="maintenance-1", starts_at=begin, ends_at=begin + timedelta(hours=2), reason="db move",
            created_by="[[maintenance]]", created_at=begin, app="shop", monitor="check", name="api",
        )
    )  # fmt: skip
    muted = shown.page.get_by_role("region", name="Silences")
    await expect(muted).to_contain_text("shop check api pages nobody until")
    await expect(muted).to_contain_text("db move ([[maintenance]])")
    await expect(muted.get_by_role("button")).to_have_count(0)  # the file's windows are ended in the file
    home.records.add_silence(
        Silence(
            silence_id="by-ada", starts_at=begin, ends_at=begin + timedelta(hours=1), reason="I know",
            created_by="ada", created_at=begin, app="shop", monitor="journey", name="checkout",
        )
    )  # fmt: skip
    await muted.get_by_role("button", name="End the silence of shop journey checkout").click()
    await expect(muted).not_to_contain_text("I know")
    await expect(muted).to_contain_text("db move")


async def test_a_save_that_is_not_in_force_is_said_until_it_is_mended(home: Home, look: Opens) -> None:
    home.run("checkout")
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_role("heading", level=1)).to_be_visible()
    file = home.folder / "leadline.toml"
    right = file.read_text()
    file.write_text(f"{right}\n[colector]\n")
    note = shown.page.get_by_text("What was saved is not in force")
    await expect(note).to_be_visible()
    await expect(note).to_contain_text("unknown key 'colector'; did you mean 'collector'?")
    file.write_text(right)
    await expect(note).to_be_hidden()


async def test_what_happens_is_on_screen_without_a_reload(home: Home, look: Opens) -> None:
    home.run("checkout")
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_role("heading", level=1)).not_to_contain_text("broken")
    home.fail("checkout")
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text("1 thing is broken")


async def test_a_runner_that_is_silent_or_can_not_write_is_never_green(home: Home, look: Opens) -> None:
    home.run("checkout", at=clock.now() - timedelta(minutes=20))
    home.serve()
    shown = await look(home.url)
    heading = shown.page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text("No results since")

    def say(unwritten: str | None) -> None:
        now = clock.now()
        said = SchedulerState(pid=os.getpid(), state="running", started_at=now, last_tick_at=now, unwritten=unwritten)
        assert write_state(home.settings.paths.run / STATE_FILE, said)

    say("database or disk is full; 3 results wait in memory")
    await expect(heading).to_contain_text("The records can't be written")
    await expect(shown.page.get_by_text("3 results wait in memory")).to_be_visible()
    await expect(shown.page.get_by_text("no page is sent while the records can't be written")).to_be_visible()
    say(None)
    await expect(heading).to_contain_text("No results since")


async def test_an_empty_home_teaches_the_next_step(home: Home, look: Opens) -> None:
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_role("heading", level=1)).to_contain_text("Nothing is watched yet")
    await expect(shown.page.get_by_text("leadline init shop https://shop.example")).to_be_visible()
    await expect(shown.page.get_by_text("leadline snippet")).to_be_visible()
    assert await violations(shown) == []


async def test_a_connection_that_is_lost_is_said_and_heals(home: Home, look: Opens) -> None:
    home.run("checkout")
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_text("checkout")).to_be_visible()
    home.stop()
    await expect(shown.page.get_by_role("status")).to_contain_text("No answer from Leadline since")
    await expect(shown.page.get_by_text("checkout")).to_be_visible()
    home.serve()
    await expect(shown.page.get_by_role("status")).to_have_count(0)
    await shown.page.goto(f"{home.url}/#/journey?app=shop&name=nothing")
    await expect(shown.page.get_by_text("Nothing named nothing has run in shop")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_every_view_is_accessible_and_says_nothing_on_the_console(
    looked_at: Home, look: Opens, scheme: str, width: int
) -> None:
    for view, sign in (
        ("now", "broken"),
        ("versions?app=shop", "Largest contentful"),
        ("journey?app=shop&name=checkout", "Steps"),
        ("incidents", "Time to detect"),
        ("releases", "No deployment was marked"),
    ):
        shown = await look(f"{looked_at.url}/#/{view}", color_scheme=scheme, viewport={"width": width, "height": 800})
        await expect(shown.page.get_by_text(sign).first).to_be_visible()
        await expect(shown.page.get_by_role("main")).to_be_visible()
        assert await violations(shown) == [], view
        overflow = await shown.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{view} scrolls sideways by {overflow} px"
        assert shown.said == [], view


async def test_hostile_names_are_text(home: Home, look: Opens) -> None:
    home.fail("checkout", error_message=HOSTILE, failed_step=HOSTILE, service_version=HOSTILE[:200])
    home.serve()
    shown = await look(home.url)
    shown.page.on("dialog", lambda dialog: shown.said.append(f"dialog {dialog.message}"))
    await expect(shown.page.get_by_role("article")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await shown.page.locator("img[src='x']").count() == 0
    assert shown.said == []


async def test_slash_filters_a_thousand_checks_by_name(home: Home, look: Opens) -> None:
    for number in range(1000):
        home.run(f"svc-{number:04}", RunStatus.PASSED, monitor="check", steps=())
    home.serve()
    shown = await look(home.url)
    await expect(shown.page.get_by_text("1,000 of 1,000")).to_be_visible()
    assert await shown.page.locator(".lines .line").count() == 60
    await shown.page.keyboard.press("/")
    await shown.page.keyboard.type("svc-0234")
    await expect(shown.page.locator(".lines .line")).to_have_count(1)
    await expect(shown.page.locator(".lines .line")).to_contain_text("svc-0234")


async def test_the_policy_lets_no_foreign_or_inline_script_run(looked_at: Home, look: Opens) -> None:
    shown = await look(looked_at.url)
    await shown.page.evaluate("""() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';
        document.body.append(s); }""")
    assert await shown.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in said for said in shown.said)
