"""From the page to the analyst's tables: what a real browser told, the collector kept and the store made rows of."""

from __future__ import annotations

import pytest

from leadline.settings import load_settings
from leadline_web.offline import open_home

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1><button id='go' onclick=\"history.pushState({}, '', '/rows/product/17')\">a product</button>"


async def test_a_visit_becomes_rows_with_the_version_it_happened_in(site, visiting, wait, leave) -> None:
    tag = 'data-key="pk_shop" data-version="1.4.2" data-cohort="baseline" data-send-after="0.3"'
    visiting.expect("Failed to load resource")
    page = await visiting.open(site.serve(BODY, path="/rows/start", tag=tag))
    await page.evaluate("""async () => { leadline.tag('plan', 'gold'); leadline.event('bought', { value: 42.5 });
        for (let i = 0; i < 3; i++) leadline.error(new TypeError('no price ' + i));
        await fetch('/status/503?q=1', { method: 'PUT' }) }""")
    # More than one beacon for one view: the rows are of its newest state, once.
    await wait(lambda: (found := site.view("/rows/start")) and found.requests)
    await page.click("#go")
    await page.evaluate("""() => { document.querySelector('[data-version]').dataset.version = '1.5.0';
        leadline.event('bought', { value: 0.00001 }) }""")
    await leave(page)
    await wait(lambda: len(site.views()) == 3 and site.views()[2].events)

    with open_home(load_settings(site.collecting.folder / "leadline.toml")) as home:

        def rows(columns: str, table: str) -> list[tuple[object, ...]]:
            sql = f"SELECT {columns} FROM {table} WHERE url_path LIKE '/rows/%' ORDER BY occurred_at"
            return [tuple(row.values()) for row in home.query(sql).table.to_pylist()]

        assert rows("service_version, cohort, route, navigation_type", "page_views") == [
            ("1.4.2", "baseline", "/rows/start", "navigate"),
            ("1.4.2", "baseline", "/rows/product/:id", "route-change"),
            ("1.5.0", "baseline", "/rows/product/:id", "version-change"),
        ]
        assert len(set(rows("app, session_id, telemetry_sdk_name", "page_views"))) == 1
        assert rows("service_version, name, value", "events") == [
            ("1.4.2", "bought", 42.5),
            ("1.5.0", "bought", 0.00001),
        ]
        assert rows("service_version, error_type, message, count", "errors") == [
            ("1.4.2", "TypeError", "no price 0", 3)
        ]
        assert rows("method, route, status_code", "requests") == [("PUT", "/status/:id", 503)]
        [(version, lcp_ms, fcp_ms, ttfb_ms), *_] = rows("service_version, lcp_ms, fcp_ms, ttfb_ms", "vitals")
        assert version == "1.4.2"
        assert 0 < ttfb_ms < fcp_ms <= lcp_ms
        assert '"gold"' in str(rows("attributes", "page_views")[0])
