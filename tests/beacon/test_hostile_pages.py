"""Pages that do odd things: what arrives of them is true, and they behave as they would without the script."""

from __future__ import annotations

import re

import pytest
from beacon.visiting import NOTE_ARMED

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"
VERSIONED = 'data-key="pk_shop" data-version="1"'


async def seen(site, visiting, wait, leave, *, act: str, path: str = "/", **serving):
    """What `act` returned on that page, and the view that was told of it."""
    page = await visiting.open(site.serve(BODY, path=path, **serving))
    returned = await page.evaluate(act)
    # What the act left to timers has happened by then.
    await page.evaluate("new Promise(done => setTimeout(() => setTimeout(done)))")
    await leave(page)
    return returned, await wait(lambda: site.view(path))


async def test_whatever_is_thrown_is_told_also_where_it_refuses_to_be_read(site, visiting, wait, leave) -> None:
    visiting.expect(".*")
    thrown = """() => { const t = (what) => setTimeout(() => { throw what });
        t(null); t(undefined); t({}); t(Symbol('sym')); t(12n); t(Object.create(null));
        t(new DOMException('quota', 'QuotaExceededError'));
        t(new Proxy(new Error('proxied'), { get() { throw new Error('trap') } }));
        t(Object.defineProperty(new Error('getter'), 'stack', { get() { throw new Error('no stack') } }));
        Promise.reject(); Promise.reject({ toString() { throw 1 } });
        const cyclic = new Error('cyclic'); cyclic.cause = cyclic; t(cyclic);
        leadline.error({ message: {} }); leadline.error('q'.repeat(1e6)) }"""
    _, view = await seen(site, visiting, wait, leave, act=thrown)
    assert sum(error.count for error in view.errors) == 14
    said = {error.message for error in view.errors}
    assert {"Uncaught null", "Uncaught Symbol(sym)", "quota", "Uncaught Error: proxied", "[unreadable]"} <= said
    assert max(map(len, said)) == 300


async def test_a_request_that_the_page_gave_up_did_not_fail_and_one_that_took_too_long_did(
    site, visiting, wait, leave
) -> None:
    visiting.expect(".*")
    act = """async () => {
        const left = new AbortController, mine = new AbortController;
        const one = fetch('/left', { signal: left.signal }); left.abort('left');
        const two = fetch(new Request('/mine', { signal: mine.signal })); mine.abort(new Error('mine'));
        const late = await fetch('/late', { signal: AbortSignal.timeout(0) }).catch(e => e.name);
        const text = await (await fetch('data:text/plain,secret')).text();
        const opaque = (await fetch(location.origin.replace('localhost', '127.0.0.1'), { mode: 'no-cors' })).type;
        const asked = (await fetch(new Request('/status/502', { method: 'PUT', body: 'x' }))).status;
        const odd = await fetch('/odd', { get method() { throw new Error('getter') } }).catch(e => e.message);
        return [await one.catch(e => e), await two.catch(e => e.message), late, text, opaque, asked, odd] }"""
    returned, view = await seen(site, visiting, wait, leave, act=act)
    assert returned == ["left", "mine", "TimeoutError", "secret", "opaque", 502, "getter"]
    assert [(each.method, each.route, each.status_code) for each in view.requests] == [
        ("GET", "/late", 0),
        ("PUT", "/status/:id", 502),
    ]


async def test_an_xml_http_request_that_is_opened_again_is_one_request_at_a_time(site, visiting, wait, leave) -> None:
    visiting.expect(".*")
    act = """async () => { const x = new XMLHttpRequest;
        const go = (address) => new Promise(done => { x.onloadend = done; x.open('GET', address); x.send() });
        await go('/status/503'); await go('http://localhost:9/gone'); await go('/status/200');
        x.open('GET', '/aborted'); x.send(); x.abort() }"""
    _, view = await seen(site, visiting, wait, leave, act=act)
    assert [(each.route, each.status_code, each.count) for each in view.requests] == [
        ("/status/:id", 503, 1),
        ("http://localhost:9/gone", 0, 1),
    ]


@pytest.mark.parametrize(
    ("stand_in", "returned"),
    [("() => ({ status: 200 })", "object"), ("() => undefined", "undefined")],
    ids=["an-object", "nothing"],
)
async def test_a_stand_in_for_fetch_may_return_what_it_likes(site, visiting, wait, leave, stand_in, returned) -> None:
    head = f"<script>window.fetch = {stand_in}</script>"
    found, view = await seen(site, visiting, wait, leave, act="() => typeof fetch('/x')", head=head)
    assert found == returned
    assert view.requests is None


async def test_an_event_has_a_figure_or_none_and_is_kept_either_way(site, visiting, wait, leave) -> None:
    act = """() => { for (const value of ['42.5', 12n, 0, null, '', 'much', true, NaN, Infinity, 1e21, Symbol('s'), {}])
        leadline.event('priced', { value, given: value }); leadline.event('odd', { value: Object.create(null) }) }"""
    _, view = await seen(site, visiting, wait, leave, act=act)
    assert [event.value for event in view.events] == [42.5, 12, 0, *[None] * 10]


async def test_settings_that_make_no_sense_are_as_if_unset(site, visiting, wait, leave) -> None:
    head = "<script>window.v = () => 5; window.c = () => { throw 1 }; window.r = () => 7</script>"
    tag = 'data-key="pk_shop" data-sample="abc" data-send-after="soon" data-routes=" ,," '
    tag += 'data-version-from="v" data-cohort-from="c" data-route-from="r"'
    _, view = await seen(site, visiting, wait, leave, act="() => leadline.event('a')", head=head, tag=tag)
    assert (view.service_version, view.cohort, view.route) == ("5", None, "7")
    assert len(site.posts()) == 1


async def test_addresses_in_messages_and_stacks_lose_their_query(site, visiting, wait, leave) -> None:
    act = """() => leadline.error(new Error(
        'no answer from https://api.example/pay?name=Ann&id=7#top (really?) for bob@corp.example'))"""
    _, view = await seen(site, visiting, wait, leave, act=act)
    [sent] = [asked.body for asked in site.posts()]
    assert b"Ann" not in sent
    assert b"corp.example" not in sent
    assert view.errors[0].message == "no answer from https://api.example/pay (really?) for [email]"


async def test_frozen_prototypes_and_names_that_hide_the_documents_own_are_survived(
    site, visiting, wait, leave
) -> None:
    head = """<script>for (const name of Object.getOwnPropertyNames(window)) try {
        if (/^[A-Z]/.test(name) && window[name].prototype) Object.freeze(window[name].prototype) } catch {}</script>
        <img name="referrer"><form name="title"><input name="id"><input name="localName"></form>"""
    visiting.expect(".*")
    _, view = await seen(site, visiting, wait, leave, act="() => leadline.event('a', { value: 1 })", head=head)
    assert view.events[0].value == 1
    assert view.vitals.lcp_ms > 0
    assert view.referrer_origin is None


async def test_of_very_many_views_those_already_sent_are_dropped_first(site, visiting, wait, leave) -> None:
    tag = 'data-key="pk_shop" data-send-after="0.2"'
    page = await visiting.open(site.serve(BODY, path="/first", tag=tag))
    await wait(lambda: site.view("/first"))
    await page.evaluate("for (let i = 0; i < 19; i++) history.pushState({}, '', '/route' + i)")
    await page.evaluate("leadline.event('last')")
    await leave(page)
    await wait(lambda: len(site.views()) == 20)
    assert len({view.session_id for view in site.views()}) == 1


async def test_a_page_that_was_hidden_from_its_start_tells_no_paint(site, visiting, wait, leave) -> None:
    hidden = "<script>Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })</script>"
    _, view = await seen(site, visiting, wait, leave, act="() => leadline.event('unseen')", head=hidden, tag=VERSIONED)
    assert view.vitals.ttfb_ms > 0
    assert (view.vitals.lcp_ms, view.vitals.fcp_ms, view.vitals.cls) == (None, None, None)


HOSTILE = {
    "a-date-that-throws": "Date.now = () => { throw new Error('date') }",
    "a-date-that-is-no-number": "Date.now = () => 'noon'",
    "no-date": "window.Date = undefined",
    "a-performance-that-throws": "performance.now = () => { throw new Error('performance') }",
    "no-performance": "Object.defineProperty(window, 'performance', { value: undefined })",
    "a-fetch-that-throws": "window.fetch = () => { throw new Error('fetch') }",
    "a-fetch-that-answers-nothing": "window.fetch = () => undefined",
    "a-storage-that-throws": """Object.defineProperty(window, 'sessionStorage',
        { get() { throw new DOMException('denied', 'SecurityError') } })""",
    "a-storage-that-is-full": "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }",
    "a-storage-that-answers-objects": "Storage.prototype.getItem = () => ({})",
    "a-storage-of-anothers": "sessionStorage._ll = 'their own words, none of ours'",
    "no-storage": "Object.defineProperty(window, 'sessionStorage', { value: null })",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_nothing_is_thrown_into_a_page_that_replaces_what_the_script_needs(
    site, visiting, wait, leave, hostile
) -> None:
    visiting.expect("leadline: ")
    tag = 'data-key="pk_shop" data-send-after="0.1"'
    page = await visiting.open(site.serve(BODY, head=f"<script>{hostile}</script>", tag=tag))
    await page.evaluate("""() => { leadline.event('sold', { value: 42.5 }); leadline.error(new Error('theirs'));
        leadline.tag('plan', 'gold'); history.pushState({}, '', '/next'); leadline.event('sold') }""")
    await page.click("h1")
    await page.evaluate("new Promise(done => setTimeout(done, 200))")
    await leave(page)
    # Where the clocks still go, it is told as well.
    if not re.search("date|performance", hostile, re.IGNORECASE):
        view = await wait(lambda: site.view("/"))
        assert view.events[0].value == 42.5


async def test_a_figure_out_of_bounds_is_left_out_by_the_script(site, visiting, wait, leave) -> None:
    act = "() => { leadline.event('sold', { value: 1e15, more: -1e16 }); leadline.event('n'.repeat(400)) }"
    _, view = await seen(site, visiting, wait, leave, act=act)
    assert [(event.value, len(event.name)) for event in view.events] == [(None, 4), (None, 100)]
    await wait(lambda: [asked.status for asked in site.posts()] == [204])


async def test_an_error_that_quotes_a_nul_and_half_of_an_emoji_cost_no_sale(site, visiting, wait, leave) -> None:
    act = """() => { leadline.error(new Error("Unexpected token '\\0'")); leadline.tag('said', 'cut \\ud83d');
        leadline.event('sold', { value: 42.5 }) }"""
    _, view = await seen(site, visiting, wait, leave, act=act)
    assert [error.message for error in view.errors] == ["Unexpected token '\ufffd'"]
    assert view.attributes["said"] == "cut \ufffd"
    assert [event.value for event in view.events] == [42.5]


async def test_a_page_that_breaks_its_clock_later_loses_nothing_that_is_armed(site, visiting, wait, leave) -> None:
    visiting.expect("leadline: ")
    page = await visiting.open(site.serve(BODY, head=NOTE_ARMED))
    await page.evaluate("leadline.event('sold', { value: 42.5 })")
    await page.wait_for_function("armed.includes('sold')", polling=50)
    await page.evaluate("() => { Date.now = () => { throw new Error('date') } }")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].value == 42.5
