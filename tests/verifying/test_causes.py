"""`leadline snippet verify`: each cause on a real page, with real Chromium, a real proxy and a real collector."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page
from story.world import free_ports
from verifying.proxied_shop import Shop, serve_shop
from verifying.verify import WAIT_S, verify

from leadline.beaconlog import LogReader
from leadline.cli.verifying.hindrances import Cause, explain
from leadline.cli.verifying.known import Known
from leadline.cli.verifying.page_watch import watch_page
from leadline.settings import find_script, load_settings
from leadline.wire import decode_logged
from leadline.wire.snippet import integrity_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_a_beacon_that_is_accepted_is_on_disk_and_synthetic(page: Page, shop: Shop) -> None:
    shop.show()
    finding = await verify(page, shop)
    assert (finding.cause, finding.is_arriving, finding.notes) == (Cause.ACCEPTED, True, ())
    reader = LogReader(shop.file.parent / ".leadline" / "beacons")
    records = [record for file in reader.files() for record in reader.read(file.name, after=0, limit=10_000).records]
    mine = [beacon for record in records if (beacon := decode_logged(record.body)).beacon.key == "pk_shop"]
    assert mine[-1].beacon.service_version == "1.5.0"
    assert mine[-1].beacon.synthetic == "test"


async def test_a_page_without_a_tag_is_told_the_tag(page: Page, shop: Shop) -> None:
    shop.show("")
    finding = await verify(page, shop)
    assert finding.cause is Cause.NO_TAG
    assert finding.mend is not None
    assert 'data-key="pk_shop"' in finding.mend


async def test_a_tag_without_a_key(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-app="shop"')
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.NO_KEY, 'data-key="pk_shop"')


@pytest.mark.parametrize(("status", "body"), [(404, "nothing here"), (200, "<!doctype html><title>our shop</title>")])
async def test_a_script_that_is_not_passed_on(page: Page, shop: Shop, status: int, body: str) -> None:
    shop.show()
    shop.broken["/_l/b.js"] = (status, body)
    finding = await verify(page, shop)
    assert finding.cause is Cause.SCRIPT_MISSING
    assert finding.mend is not None
    assert "location ^~ /_l/ {" in finding.mend
    assert shop.collector.removeprefix("http://") in finding.mend


async def test_a_404_of_the_web_server_is_told_from_a_collector_that_is_down(page: Page, shop: Shop) -> None:
    shop.show()
    shop.broken["/_l/b.js"] = (404, "nothing here")
    sighting = await watch_page(page, shop.url, wait_s=WAIT_S)
    known = Known.of(load_settings(shop.file), app=None, key=sighting.key, url=shop.url)
    up = explain(sighting, replace(known, is_collector_up=True))
    assert (up.cause, up.also) == (Cause.SCRIPT_MISSING, ())
    assert "which runs" in up.words
    down = explain(sighting, replace(known, is_collector_up=False))
    assert (down.cause, [one.cause for one in down.also]) == (Cause.SCRIPT_MISSING, [Cause.COLLECTOR_DOWN])


async def test_a_502_though_the_collector_runs_is_a_wrong_address(page: Page, shop: Shop) -> None:
    shop.show()
    shop.broken["/_l/b.js"] = (502, "bad gateway")
    sighting = await watch_page(page, shop.url, wait_s=WAIT_S)
    known = Known.of(load_settings(shop.file), app=None, key=sighting.key, url=shop.url)
    assert explain(sighting, known).cause is Cause.COLLECTOR_DOWN
    finding = explain(sighting, replace(known, is_collector_up=True))
    assert finding.cause is Cause.NO_WAY
    assert known.collector in finding.words


async def test_a_checksum_of_another_script(page: Page, shop: Shop) -> None:
    wrong = integrity_of(b"another one")
    shop.show(f'src="/_l/b.js" integrity="{wrong}" crossorigin="anonymous" data-key="pk_shop"')
    finding = await verify(page, shop)
    assert finding.cause is Cause.INTEGRITY
    script = find_script()
    assert script is not None
    right = integrity_of(script.read_bytes())
    shop.show(f'src="/_l/b.js" integrity="{right}" crossorigin="anonymous" data-key="pk_shop"')
    assert (await verify(page, shop)).cause is Cause.ACCEPTED


async def test_a_key_that_no_app_has(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_nobody"')
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.UNKNOWN_KEY, 'data-key="pk_shop"')


async def test_an_origin_that_the_app_does_not_list(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_elsewhere"')
    finding = await verify(page, shop)
    assert finding.cause is Cause.ORIGIN
    assert finding.mend == (
        f'origins = ["https://shop.example", "http://localhost:{shop.port}"]  # in leadline.toml, [[app]] elsewhere'
    )


async def test_consent_that_was_not_given(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_shop" data-consent="required"')
    assert (await verify(page, shop)).cause is Cause.CONSENT


async def test_a_session_outside_the_tags_sample(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_shop" data-sample="0"')
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.SAMPLED, 'data-sample="1"')


async def test_what_the_collector_samples_out_of_people_is_noted_since_a_synthetic_view_is_always_kept(
    page: Page, shop: Shop
) -> None:
    shop.show('src="/_l/b.js" data-key="pk_few" data-version="1"')
    finding = await verify(page, shop)
    assert finding.cause is Cause.ACCEPTED
    assert finding.notes == ("of people's sessions 1e-06 are kept: sample in leadline.toml, [[app]] few",)


async def test_an_app_that_is_switched_off(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js" data-key="pk_off"')
    finding = await verify(page, shop)
    assert finding.cause is Cause.DROPPED
    assert "app_off" in finding.words
    shop.show('src="/_l/b.js?key=pk_off" data-key="pk_off"')
    finding = await verify(page, shop)
    assert (finding.cause, finding.words) == (Cause.DROPPED, "the script is served empty: app_off")
    assert finding.mend == "on = true  # in leadline.toml, [[app]] off"


async def test_a_key_in_the_scripts_address_that_was_revoked(page: Page, shop: Shop) -> None:
    shop.show('src="/_l/b.js?key=pk_past" data-key="pk_past"')
    finding = await verify(page, shop)
    assert (finding.cause, finding.mend) == (Cause.UNKNOWN_KEY, '?key=pk_shop in src, and data-key="pk_shop"')


async def test_a_script_that_a_blocker_stops(page: Page, shop: Shop) -> None:
    shop.show()
    await page.route("**/b.js", lambda route: route.abort("blockedbyclient"))
    assert (await verify(page, shop)).cause is Cause.BLOCKED


async def test_a_collector_that_is_down_behind_its_proxy_or_at_its_own_address(page: Page, shop: Shop) -> None:
    shop.show()
    shop.broken["/_l/b.js"] = (502, "bad gateway")
    assert (await verify(page, shop)).cause is Cause.COLLECTOR_DOWN
    shop.show(f'src="http://127.0.0.1:{free_ports(1)[0]}/b.js" data-key="pk_shop"')
    assert (await verify(page, shop)).cause is Cause.COLLECTOR_DOWN


async def test_a_collector_that_went_down_after_the_script_was_kept_by_the_browser(page: Page, shop: Shop) -> None:
    shop.show()
    shop.broken["/_l/v1/b"] = (502, "bad gateway")
    assert (await verify(page, shop)).cause is Cause.COLLECTOR_DOWN


async def test_a_web_server_that_passes_the_script_and_not_the_post(page: Page, shop: Shop) -> None:
    shop.show()
    shop.broken["/_l/v1/b"] = (405, "not allowed")
    finding = await verify(page, shop)
    assert finding.cause is Cause.NO_WAY
    assert finding.mend is not None
    assert "location ^~ /_l/" in finding.mend


async def test_a_script_that_can_not_start(page: Page, shop: Shop) -> None:
    shop.show('type="module" src="/_l/b.js" data-key="pk_shop"')
    assert (await verify(page, shop)).cause is Cause.NOT_STARTED


async def test_a_page_that_does_not_answer(page: Page, shop: Shop) -> None:
    finding = await verify(page, shop, f"http://127.0.0.1:{free_ports(1)[0]}/")
    assert (finding.cause, finding.words) == (
        Cause.PAGE,
        "the page can't be opened: nothing listens there; is the site running?",
    )


async def test_an_https_page_that_includes_the_script_by_http(page: Page, shop: Shop, tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.example"]
    subprocess.run(
        [*make, "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")], check=True, capture_output=True
    )
    # Loopback counts as safe, whatever the scheme; a name of the outside does not.
    shop.show('src="http://collector.example/b.js" data-key="pk_shop"')
    secure = Shop(free_ports(1)[0], shop.collector, shop.file, page=shop.page)
    server = serve_shop(secure)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    finding = await verify(page, secure, f"https://localhost:{secure.port}/")
    server.shutdown()
    server.server_close()
    assert finding.cause is Cause.MIXED_CONTENT
