"""One visit to the shop's page, and what is said of it."""

from __future__ import annotations

from playwright.async_api import Page
from verifying.proxied_shop import Shop

from leadline.cli.verifying.hindrances import Finding, explain
from leadline.cli.verifying.known import Known
from leadline.cli.verifying.page_watch import watch_page
from leadline.settings import load_settings

# Long enough for a busy machine; an accepted beacon and a broken way end the visit at once.
WAIT_S = 20.0


async def verify(page: Page, shop: Shop, url: str | None = None) -> Finding:
    sighting = await watch_page(page, url or shop.url, wait_s=WAIT_S)
    return explain(sighting, Known.of(load_settings(shop.file), app=None, key=sighting.key, url=shop.url))
