"""What the shop answers: headers, policy, markup, panel."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGES = ["/", "/products/storm-lantern", "/checkout", "/faults", "/nowhere", "/products/gold", "/thanks/FL-1"]
RELEASES = {"stable": "1.4.2", "canary": "1.5.0"}


@pytest.mark.parametrize(("cookie", "version"), RELEASES.items())
async def test_every_answer_names_the_version_that_gave_it(shop, cookie: str, version: str) -> None:
    shop.switch("errors", version=version)
    async with ClientSession(cookies={"v": cookie, "basket": "enamel-mug.1"}) as client:
        for path in ("/", "/products/lead-line", "/checkout", "/nowhere", f"/static/{version}/shop.js"):
            answer = await client.get(shop.url + path)
            assert answer.headers["X-App-Version"] == version, path
            assert answer.headers["Server-Timing"] == f'version;desc="{version}"', path


async def test_the_first_visit_is_assigned_and_the_next_ones_keep_it(shop) -> None:
    versions = set()
    for _ in range(12):
        async with ClientSession() as client:
            first = await client.get(shop.url)
            assert "v=" in first.headers["Set-Cookie"]
            cookies = {"v": first.cookies["v"].value}
        async with ClientSession(cookies=cookies) as client:
            for path in ("/", "/products/brass-bell", "/checkout"):
                again = await client.get(shop.url + path)
                assert again.headers["X-App-Version"] == first.headers["X-App-Version"]
                assert "Set-Cookie" not in again.headers
        versions.add(first.headers["X-App-Version"])
    assert versions == set(RELEASES.values())


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_inline_and_nothing_from_elsewhere(shop, path: str) -> None:
    async with ClientSession(cookies={"v": "canary", "basket": "enamel-mug.1"}) as client:
        answer = await client.get(shop.url + path)
        page = await answer.text()
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"<script(?![^>]*\bsrc=)", page), "an inline script"
    assert not re.search(r"<style|\sstyle=|\son\w+=", page), "an inline style or handler"
    assert not re.search(r'(?:src|href|action)="(?!/)[^"#]', page), "an address elsewhere"


async def test_the_page_source_shows_the_tag_as_one_would_copy_it(shop) -> None:
    async with ClientSession(cookies={"v": "canary"}) as client:
        page = await (await client.get(shop.url)).text()
    tag = re.search(r"<script async src=\"/_l/b\.js\"[^>]*>", page)
    assert tag is not None
    for attribute in ('data-app="shop"', 'data-key="pk_demo_shop"', 'data-version="1.5.0"', 'data-cohort="canary"'):
        assert attribute in tag[0]


async def test_an_order_of_a_journey_is_kept_apart(shop) -> None:
    async with ClientSession(cookies={"v": "stable", "basket": "enamel-mug.2"}) as client:
        person = await client.post(f"{shop.url}/orders")
        assert "€28.00" in await person.text()
    async with ClientSession(cookies={"v": "stable", "basket": "enamel-mug.2"}) as client:
        journey = await client.post(f"{shop.url}/orders", headers={"X-Leadline-Synthetic": "1"})
        assert "Ordered by a journey" in await journey.text()
        figures = (await (await client.get(f"{shop.url}/api/faults")).json())["figures"]["1.4.2"]
    assert (figures["orders"], figures["synthetic_orders"]) == (1, 1)


async def test_an_empty_basket_orders_nothing(shop) -> None:
    async with ClientSession(cookies={"v": "stable"}) as client:
        assert (await client.post(f"{shop.url}/orders")).status == 409


async def test_the_panel_switches_one_fault_in_one_version(shop) -> None:
    async with ClientSession(cookies={"v": "canary", "basket": "enamel-mug.1"}) as client:
        await client.post(f"{shop.url}/faults", data={"version": "1.5.0", "fault": "errors", "on": "1"})
        state = await (await client.get(f"{shop.url}/api/faults")).json()
        assert state["faults"] == {"1.4.2": [], "1.5.0": ["errors"]}
        assert (await client.get(f"{shop.url}/checkout")).status == 500
        await client.post(f"{shop.url}/api/faults", json={"version": "1.5.0", "fault": "errors", "on": False})
        assert (await client.get(f"{shop.url}/checkout")).status == 200


async def test_the_share_is_switched_as_json(shop) -> None:
    async with ClientSession() as client:
        answer = await client.post(f"{shop.url}/api/faults", json={"canary_share": 0.05})
        assert (await answer.json())["canary_share"] == 0.05


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        "dead_button",
        {"version": "1.5.0"},
        {"version": "9.9.9", "fault": "errors", "on": True},
        {"version": "1.5.0", "fault": "gremlins", "on": True},
        {"version": "1.5.0", "fault": "errors", "on": "yes"},
        {"canary_share": 1.5},
        {"canary_share": "nan"},
        {"canary_share": 0.5, "surprise": 1},
    ],
)
async def test_what_the_panel_does_not_understand_changes_nothing(shop, asked) -> None:
    async with ClientSession() as client:
        before = await (await client.get(f"{shop.url}/api/faults")).json()
        answer = await client.post(f"{shop.url}/api/faults", json=asked)
        assert answer.status == 400
        assert "dead_button" in (await answer.json())["known"]["fault"]
        assert await (await client.get(f"{shop.url}/api/faults")).json() == before


@pytest.mark.parametrize("path", ["/faults", "/faults/share", "/api/faults"])
async def test_a_page_of_another_site_switches_nothing(shop, path: str) -> None:
    async with ClientSession(headers={"Origin": "https://elsewhere.example"}) as client:
        assert (await client.post(shop.url + path, data={})).status == 403


async def test_slowness_delays_the_pages_of_its_version_only(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("shop.visit.pause", sleep)
    shop.switch("slowness", version="1.5.0")
    for cookie, expected in (("stable", []), ("canary", [2.6])):
        slept.clear()
        async with ClientSession(cookies={"v": cookie}) as client:
            await client.get(shop.url)
        assert slept == expected
