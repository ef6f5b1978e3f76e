"""What the recorder wrote becomes a journey: steps, secrets, relative addresses."""

from __future__ import annotations

import ast

import pytest

from leadline.journeys.recorded_code import NotARecording, rewrite_recording

RECORDED = """
import asyncio
import re
from playwright.async_api import Playwright, async_playwright, expect


async def run(playwright: Playwright) -> None:
    browser = await playwright.chromium.launch(headless=False)
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto("https://shop.example/")
    await page.get_by_role("link", name="Log in").click()
    await page.get_by_label("Email").fill("a@b.example")
    await page.get_by_label("Password").fill("hunter2")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Hello")).to_be_visible()
    async with page.expect_popup() as page1_info:
        await page.get_by_role("link", name="Terms").click()
    page1 = await page1_info.value
    await page1.goto("https://other.example/terms?x=1")

    # ---------------------
    await context.close()
    await browser.close()


async def main() -> None:
    async with async_playwright() as playwright:
        await run(playwright)


asyncio.run(main())
"""

EXPECTED = """from leadline import expect, journey, secret


@journey(every="5m")
async def login(run, page):
    # Typed passwords are not kept: set the environment variables that secret() names.
    async with run.step("home"):
        await page.goto('/')
    async with run.step("log in"):
        await page.get_by_role('link', name='Log in').click()
        await page.get_by_label('Email').fill('a@b.example')
        await page.get_by_label('Password').fill(secret('PASSWORD'))
    async with run.step("log in 2"):
        await page.get_by_role('button', name='Log in').click()
        await expect(page.get_by_text('Hello')).to_be_visible()
    async with run.step("terms"):
        async with page.expect_popup() as page1_info:
            await page.get_by_role('link', name='Terms').click()
        page1 = await page1_info.value
    async with run.step("terms 2"):
        await page1.goto('https://other.example/terms?x=1')
"""


def test_a_recording_becomes_a_journey_with_a_step_for_each_navigation() -> None:
    assert rewrite_recording(RECORDED, base_url="https://shop.example", name="login") == EXPECTED


@pytest.mark.parametrize("typed", ["https://shop.example", "https://stage:hunter2@shop.example"])
def test_an_address_of_the_site_becomes_relative_with_a_password_in_it_or_without(typed: str) -> None:
    recorded = RECORDED.replace("https://shop.example", typed)
    written = rewrite_recording(recorded, base_url="https://stage:hunter2@shop.example", name="login")
    assert written == EXPECTED


@pytest.mark.parametrize(
    "field",
    ['get_by_label("Passwort")', 'locator("#user_password")', 'get_by_placeholder("Mot de passe")', 'locator("#pwd")'],
)
def test_a_typed_password_is_never_kept(field: str) -> None:
    recorded = f'async def run(playwright):\n    await page.{field}.fill("hunter2")\n'
    written = rewrite_recording(recorded, base_url="https://a.example", name="x")
    assert "hunter2" not in written
    assert "secret('PASSWORD')" in written


def test_a_hostile_link_name_stays_a_name() -> None:
    recorded = 'async def run(playwright):\n    await page.get_by_role("link", name="a\\"):\\n import os").click()\n'
    written = rewrite_recording(recorded, base_url="https://a.example", name="x")
    assert "import os" not in [
        ast.unparse(node) for node in ast.walk(ast.parse(written)) if isinstance(node, ast.Import)
    ]


@pytest.mark.parametrize("source", ["", "def f(:", "async def run(playwright):\n    await browser.close()\n"])
def test_what_is_no_recording_is_said(source: str) -> None:
    with pytest.raises(NotARecording):
        rewrite_recording(source, base_url="https://a.example", name="x")
