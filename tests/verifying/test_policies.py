"""`leadline snippet verify`: what a page's policy forbids, told as the policy should read; and every cause at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Page
from verifying.proxied_shop import Shop
from verifying.verify import WAIT_S, verify

from leadline.cli.verifying.hindrances import Cause, explain
from leadline.cli.verifying.known import Known
from leadline.cli.verifying.page_watch import watch_page
from leadline.cli.verifying.report import as_row, write_report
from leadline.settings import load_settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    ("policy", "mended"),
    [
        ("default-src 'none'; connect-src 'self'", "script-src 'self'"),
        ("script-src https://cdn.example; connect-src 'self'", "script-src https://cdn.example 'self'"),
        ("script-src 'nonce-abc'", 'nonce="…"  in the tag: the nonce that the policy names'),
        ("script-src 'self'; connect-src https://api.example", "connect-src https://api.example 'self'"),
        ("default-src 'none'; script-src 'self'", "connect-src 'self'"),
    ],
)
async def test_a_policy_that_forbids_is_told_as_it_should_read(
    page: Page, shop: Shop, policy: str, mended: str
) -> None:
    shop.show()
    shop.headers["Content-Security-Policy"] = policy
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.CSP, mended)


@pytest.mark.parametrize(
    ("policy", "mended"),
    [
        ("default-src 'none'", "script-src 'self'\nconnect-src 'self'"),
        (
            "script-src https://cdn.example; connect-src https://api.example",
            "script-src https://cdn.example 'self'\nconnect-src https://api.example 'self'",
        ),
    ],
)
async def test_a_policy_that_forbids_both_the_script_and_its_beacons_is_mended_in_one_round(
    page: Page, shop: Shop, policy: str, mended: str
) -> None:
    shop.show()
    shop.headers["Content-Security-Policy"] = policy
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.CSP, mended)
    shop.headers["Content-Security-Policy"] = "default-src 'none'; " + mended.replace("\n", "; ")
    assert (await verify(page, shop)).is_arriving


async def test_every_hindrance_is_named_at_once(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_nobodys"')
    shop.headers["Content-Security-Policy"] = "script-src 'none'"
    sighting = await watch_page(page, shop.url.replace("localhost", "127.0.0.1"), wait_s=WAIT_S)
    known = Known.of(load_settings(shop.file), app="shop", key=None, url=shop.url)
    finding = explain(sighting, replace(known, is_collector_up=False))
    assert finding.cause is Cause.CSP
    assert [one.cause for one in finding.also] == [Cause.COLLECTOR_DOWN, Cause.UNKNOWN_KEY, Cause.ORIGIN]
    report = write_report(finding)
    for line in ("leadline up", 'data-key="pk_shop"', "origins = ["):
        assert line in report
    assert as_row(finding)["also_mend"].count("\n") == 2


async def test_a_script_from_elsewhere_needs_its_origin_in_the_policy(page: Page, shop: Shop) -> None:
    shop.show(f'src="{shop.collector}/b.js" data-key="pk_shop"')
    shop.headers["Content-Security-Policy"] = "script-src 'self'"
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.CSP, f"script-src 'self' {shop.collector}")


async def test_a_policy_that_only_reports_hinders_nothing(page: Page, shop: Shop) -> None:
    shop.show()
    shop.headers["Content-Security-Policy-Report-Only"] = "default-src 'none'"
    assert (await verify(page, shop)).cause is Cause.ACCEPTED
