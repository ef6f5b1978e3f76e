"""The beacon is never a burden: hostile pages, strict policies, and frames without storage."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"
OVERRIDES = {
    "fetch": "window.fetch = () => { throw new Error('no fetch here') }",
    "fetch-never": "window.fetch = () => new Promise(() => {})",
    "JSON": "JSON.stringify = () => 'not yours'; JSON.parse = () => { throw new Error('no') }",
    "Promise": """var real = Promise; window.Promise = function () { throw new Error('no promises') };
        addEventListener('load', () => window.Promise = real)""",
    "toJSON": "Array.prototype.toJSON = Object.prototype.toJSON = function () { return 'mine' }",
    "Array": """Array.prototype.surprise = () => 1;
        Array.prototype.find = Array.prototype.map = Array.prototype.reduce = function () { return 'mine' }""",
    "sendBeacon": "navigator.sendBeacon = () => { throw new Error('blocked') }",
}


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES)
async def test_a_page_that_overrides_what_everyone_uses_is_survived(site, visiting, wait, leave, override) -> None:
    page = await visiting.open(site.serve(BODY, head=f"<script>{override}</script>"))
    await page.evaluate("() => { leadline.event('bought', { value: 3 }); leadline.error(new TypeError('odd')) }")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].value == 3
    assert view.errors[-1].error_type == "TypeError"


# Not from the start: Playwright itself would not survive it.
EVERY_METHOD_OF_ARRAYS = """for (const name of Object.getOwnPropertyNames(Array.prototype))
    if (/^[a-z]/.test(name) && !/^(constructor|length)$/.test(name)) Array.prototype[name] = () => 'mine'"""


async def test_a_page_that_overrides_them_all_later_is_survived(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    later = [text for name, text in OVERRIDES.items() if name != "Promise"] + [EVERY_METHOD_OF_ARRAYS]
    await page.evaluate(f"""() => {{ {";".join(later)}; leadline.event('bought', {{ value: 3 }});
        history.pushState({{}}, '', '/next'); leadline.event('paid', {{ value: 4 }}) }}""")
    await leave(page)
    load, other = await wait(lambda: len(site.views()) == 2 and site.views())
    assert [(event.name, event.value) for event in load.events + other.events] == [("bought", 3), ("paid", 4)]
    assert "mine" not in (other.page_view_id, other.session_id)
    assert load.session_id == other.session_id


async def test_what_happens_after_a_page_wrote_itself_anew_is_told(site, visiting, wait, leave) -> None:
    visiting.expect("^after$")
    page = await visiting.open(site.serve(BODY))
    # Takes all listeners away, and loads nothing anew.
    await page.evaluate("() => { document.open(); document.write('<h1>written</h1>'); document.close() }")
    await page.evaluate("new Promise(done => { setTimeout(() => { throw new TypeError('after') }); setTimeout(done) })")
    await page.evaluate("leadline.event('sold', { value: 3 })")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [(event.name, event.value) for event in view.events] == [("sold", 3)]
    assert [error.message for error in view.errors] == ["after"]


async def test_a_strict_policy_with_a_nonce_is_kept(site, visiting, wait, leave) -> None:
    policy = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'; "
    policy += "require-trusted-types-for 'script'"
    tag = 'data-key="pk_shop" nonce="abc"'
    page = await visiting.open(site.serve(BODY, tag=tag, headers={"Content-Security-Policy": policy}))
    await page.evaluate("leadline.event('bought')")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.errors is None


async def test_the_tag_may_carry_the_hash_of_the_script(site, visiting, wait, leave, integrity) -> None:
    policy = f"default-src 'none'; script-src '{integrity}'; connect-src 'self'"
    tag = f'data-key="pk_shop" integrity="{integrity}" crossorigin="anonymous"'
    page = await visiting.open(site.serve(BODY, tag=tag, headers={"Content-Security-Policy": policy}))
    await leave(page)
    assert await wait(lambda: site.view("/"))


async def test_a_policy_that_forbids_us_costs_the_page_nothing(site, visiting, wait, leave) -> None:
    policy = "default-src 'self' 'unsafe-inline'; connect-src https://elsewhere.example"
    tag = 'data-key="pk_shop" data-send-after="0.3"'
    visiting.expect("Content Security Policy", "leadline: no answer")
    page = await visiting.open(site.serve(BODY, tag=tag, headers={"Content-Security-Policy": policy}))
    await page.evaluate("leadline.event('unheard')")
    await wait(visiting.ours)
    await leave(page)
    await page.wait_for_timeout(300)
    assert site.posts() == []
    # The browser complains of each try: what we tried at the start, after a while and at the end.
    assert len(visiting.ours()) == 1
    assert len(visiting.said) < 15


async def test_a_second_inclusion_does_nothing(site, visiting, wait, leave) -> None:
    visiting.expect("^once$")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""() => new Promise(done => { const again = document.createElement('script');
        again.src = '/_l/b.js?again'; again.dataset.key = 'pk_shop'; again.dataset.version = '9'; again.onload = done;
        document.head.append(again) })""")
    await page.evaluate("setTimeout(() => { throw new Error('once') })")
    await wait(lambda: visiting.faults)
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.errors[0].count == 1
    assert view.service_version is None
    assert len(site.posts()) == 1


async def test_a_sandboxed_frame_without_storage_is_told_of(site, visiting, wait, leave) -> None:
    site.serve(BODY, path="/framed")
    page = await (await visiting.context()).new_page()
    await page.goto(site.serve('<iframe sandbox="allow-scripts" src="/framed"></iframe>', script=""))
    frame = page.frames[1]
    await frame.wait_for_function("window.leadline")
    await frame.evaluate("leadline.event('framed')")
    await leave(page)
    view = await wait(lambda: site.view("/framed"))
    assert view.events[0].name == "framed"
    assert view.session_id


async def test_two_tabs_are_two_sessions(site, visiting, wait, leave) -> None:
    address = site.serve(BODY)
    context = await visiting.context()
    for _ in range(2):
        page = await context.new_page()
        await page.goto(address)
        await page.wait_for_function("window.leadline")
        await leave(page)
    views = await wait(lambda: len(site.views()) == 2 and site.views())
    assert len({view.session_id for view in views}) == 2


async def test_a_session_lasts_over_pages_and_ends_after_half_an_hour_idle(site, visiting, wait, leave) -> None:
    address = site.serve(BODY)
    page = await visiting.open(address)
    await page.goto(address + "?again")
    await page.wait_for_function("window.leadline")
    aged = """() => { const [id, start, used, mask] = sessionStorage._ll.split(' ');
        sessionStorage._ll = [id, start, used - 31 * 60000, mask].join(' ') }"""
    await page.evaluate(aged)
    await page.goto(address + "?later")
    await page.wait_for_function("window.leadline")
    await leave(page)
    first, second, third = await wait(lambda: len(site.views()) == 3 and site.views())
    assert first.session_id == second.session_id
    assert second.session_id != third.session_id


async def test_a_clock_that_is_wrong_by_a_day_is_told_as_it_is(site, visiting, wait, leave) -> None:
    day_ms = 86_400_000
    wrong = f"<script>const now = Date.now; Date.now = () => now() - {day_ms}</script>"
    page = await visiting.open(site.serve(BODY, head=wrong))
    true_ms = await page.evaluate("performance.timeOrigin")
    await page.evaluate("leadline.event('bought')")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    # Both stamps are of the same wrong clock: that is how the loader sees it, and moves what occurred.
    assert view.started_at == pytest.approx(true_ms - day_ms, abs=5_000)
    assert view.sent_at - view.started_at < 60_000
    assert 0 <= view.events[0].at_ms < 60_000


async def test_our_own_browsers_are_marked(site, visit, wait, leave) -> None:
    visiting = await visit("--user-agent=Mozilla/5.0 HeadlessChrome LeadlineSynthetic/1")
    page = await visiting.open(site.serve(BODY))
    await leave(page)
    await wait(lambda: site.view("/"))
    logged = [logged for logged in site.collecting.logged() if logged.beacon.url == site.origin + "/"]
    assert {each.synthetic for each in logged} == {"test"}


async def test_no_method_throws_whatever_it_is_given(site, visiting, wait, leave) -> None:
    visiting.expect("leadline: ")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""() => {
        leadline.event('bought', null);
        const odd = [undefined, null, 0, '', {}, [], () => 1, Symbol('s'), Object.create(null), NaN, 2n,
            { toString() { throw new Error('no') } }, new Proxy({}, { get() { throw new Error('no') } })];
        for (const a of odd) for (const b of odd) for (const name of ['event', 'error', 'tag'])
            leadline[name](a, b) }""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "bought"
    assert len(visiting.ours()) == 1


async def test_a_large_view_arrives_whole_from_a_page_that_overrides_every_method_of_arrays(
    site, visiting, wait, leave
) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate(f"""() => {{ const note = 'x'.repeat(290);
        for (let i = 0; i < 99; i++) leadline.event('edited', {{ value: i, note, more: note }});
        {EVERY_METHOD_OF_ARRAYS}; leadline.event('sold', {{ value: 42.5 }}) }}""")
    view = await wait(lambda: (found := site.view("/")) and found.events and found)
    assert len(view.events) == 100
    await leave(page)
    assert [event.name for event in site.view("/").events].count("sold") == 1
