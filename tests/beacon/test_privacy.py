"""Consent, signals of the browser, sampling, and what never leaves the page."""

from __future__ import annotations

import pytest
from beacon.visiting import NOTE_ARMED

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"


async def test_a_refused_consent_takes_back_even_what_was_armed(site, visiting, leave) -> None:
    page = await (await visiting.context()).new_page()
    await page.clock.install()
    await page.goto(site.serve(BODY, head=NOTE_ARMED))
    await page.wait_for_function("window.leadline && leadline.version", polling=50)
    await page.evaluate("leadline.event('unwanted')")
    await page.clock.run_for(2_000)
    assert "unwanted" in await page.evaluate("armed")
    await page.evaluate("leadline.consent(false)")
    assert await page.evaluate("sessionStorage.length") == 0
    await page.evaluate("leadline.event('unheard'); history.pushState({}, '', '/next')")
    await page.clock.run_for(600_000)
    await leave(page)
    await page.wait_for_timeout(500)
    assert site.posts() == []


async def test_nothing_is_stored_or_sent_before_a_consent_that_is_required(site, visiting, wait, leave) -> None:
    tag = 'data-key="pk_shop" data-consent="required" data-send-after="0.3"'
    page = await visiting.open(site.serve(BODY, tag=tag))
    await page.evaluate("leadline.event('early')")
    await page.wait_for_timeout(900)
    assert site.posts() == []
    assert await page.evaluate("sessionStorage.length") == 0
    await page.evaluate("leadline.consent(true)")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "early"
    assert view.vitals.ttfb_ms > 0


async def test_a_consent_that_is_taken_back_may_be_given_again(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.event('one'); leadline.consent(false); leadline.event('two')")
    await page.evaluate("leadline.consent(true); leadline.event('three')")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [event.name for event in view.events] == ["three"]


@pytest.mark.parametrize(
    ("attribute", "signal"),
    [("data-respect-gpc", "globalPrivacyControl: true"), ("data-respect-dnt", "doNotTrack: '1'")],
)
async def test_a_signal_of_the_browser_is_respected_where_configured(site, visiting, leave, attribute, signal) -> None:
    name, value = signal.split(": ")
    say = f"<script>Object.defineProperty(navigator, '{name}', {{ value: {value} }})</script>"
    page = await visiting.open(site.serve(BODY, head=say, tag=f'data-key="pk_shop" {attribute}'))
    await page.evaluate("leadline.event('unheard')")
    await leave(page)
    await page.wait_for_timeout(300)
    assert site.posts() == []


async def test_a_session_is_in_the_sample_or_out_whole(site, visiting, leave) -> None:
    address = site.serve(BODY, tag='data-key="pk_shop" data-sample="0.000001"')
    page = await visiting.open(address)
    # Were it decided anew, this page would now be in.
    await page.evaluate("document.cookie = 'x=1'")
    site.serve(BODY, tag='data-key="pk_shop" data-sample="1"')
    await page.goto(address)
    await page.wait_for_function("window.leadline")
    await leave(page)
    await page.wait_for_timeout(300)
    assert site.posts() == []


async def test_a_session_out_of_the_sample_still_tells_its_errors_where_asked(site, visiting, wait, leave) -> None:
    tag = 'data-key="pk_shop" data-sample="0.000001" data-sample-errors'
    page = await visiting.open(site.serve(BODY, tag=tag))
    await page.evaluate("leadline.event('unheard'); leadline.error(new RangeError('kept'))")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.errors[0].error_type == "RangeError"
    assert (view.events, view.vitals) == (None, None)
    assert view.attributes["errors_only"] is True


async def test_a_query_is_dropped_but_for_what_is_allowed(site, visiting, wait, leave) -> None:
    address = site.serve(BODY, tag='data-key="pk_shop" data-allow-query="page sort"')
    page = await visiting.open(address + "?token=secret&page=2&mail=a%40b.example#access_token=secret")
    await leave(page)
    [view] = await wait(site.views)
    assert view.url == site.origin + "/?page=2"


async def test_what_looks_personal_is_masked(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""() => {
        leadline.error(new Error('no account jane.doe+shop@mail.example'));
        leadline.error(new Error('card 4111 1111 1111 1111 declined, order 1795519055321 kept'));
        leadline.error(new Error('bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'
            + ' and 9f86d081884c7d659a2feaa0c55ad015'));
        leadline.event('signup', { mail: 'jane@mail.example' }) }""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [error.message for error in view.errors] == [
        "no account [email]",
        "card [card] declined, order 1795519055321 kept",
        "bad token [token] and [token]",
    ]
    assert view.events[0].attributes == {"mail": "[email]"}


async def test_a_version_that_is_a_commit_is_no_token(site, visiting, wait, leave) -> None:
    commit = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"
    page = await visiting.open(site.serve(BODY, tag=f'data-key="pk_shop" data-version="{commit}"'))
    await leave(page)
    assert (await wait(lambda: site.view("/"))).service_version == commit


async def test_no_cookie_is_set(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await leave(page)
    await wait(lambda: site.view("/"))
    assert await page.context.cookies() == []


async def test_only_the_origin_of_the_referrer_is_told(site, make_site, visiting, wait, leave) -> None:
    before = make_site()
    before.serve(f'<a href="{site.serve(BODY)}" referrerpolicy="unsafe-url">shop</a>', path="/secret/path", script="")
    page = await (await visiting.context()).new_page()
    await page.goto(before.origin + "/secret/path?q=private")
    await page.click("a")
    await page.wait_for_function("window.leadline")
    await leave(page)
    assert (await wait(lambda: site.view("/"))).referrer_origin == before.origin
