"""Errors and failed requests: which are seen, what they are called, and that the page does not notice."""

from __future__ import annotations

import threading

import pytest
from beacon.visiting import until_known

from leadline.wire import HARMLESS_ERROR_TYPES

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"


async def errors_of(site, visiting, wait, leave, *, act: str = "", body: str = BODY, **serving):
    page = await visiting.open(site.serve(body, **serving))
    if act:
        await page.evaluate("() => {" + act + "}")
    await until_known(page, "errors.length")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    return view.errors


@pytest.mark.parametrize(
    ("act", "error_type", "message", "source"),
    [
        ("setTimeout(() => { throw new TypeError('no price') })", "TypeError", "no price", "uncaught"),
        ("setTimeout(() => { throw 'a word' })", "Error", "Uncaught a word", "uncaught"),
        ("Promise.reject(new RangeError('too far'))", "RangeError", "too far", "rejection"),
        ("Promise.reject(undefined)", "Error", "undefined", "rejection"),
        ("leadline.error(new SyntaxError('caught'))", "SyntaxError", "caught", "reported"),
        ("document.body.append(Object.assign(new Image, {src: '/gone.png?t=1'}))", "ResourceError", "img ", "resource"),
    ],
    ids=["uncaught", "not-an-error", "rejection", "rejected-with-nothing", "reported", "resource"],
)
async def test_an_error_is_called_what_it_is(site, visiting, wait, leave, act, error_type, message, source) -> None:
    # What the page itself did wrong, as the browser says it.
    visiting.expect("^(no price|a word|too far|undefined)$", "Failed to load resource")
    found = await errors_of(site, visiting, wait, leave, act=act)
    [error] = found
    assert (error.error_type, error.source, error.count) == (error_type, source, 1)
    assert message in error.message


async def test_a_deprecated_feature_is_told(site, visiting, wait, leave) -> None:
    # An unload listener and a synchronous request are what Chromium has deprecated for longest.
    act = "const x = new XMLHttpRequest; x.open('GET', '/', false); x.send(); webkitStorageInfo"
    found = await errors_of(site, visiting, wait, leave, act=f"try {{ {act} }} catch {{}}")
    assert {error.source for error in found or []} <= {"deprecation", "intervention"}
    assert {error.error_type for error in found} <= HARMLESS_ERROR_TYPES


@pytest.mark.parametrize(
    ("act", "error_type"),
    [
        (
            """let n = 0; const box = document.querySelector('h1');
               new ResizeObserver(() => { if (n++ < 3) box.style.height = 20 + n * 10 + 'px' }).observe(box)""",
            "ResizeObserverLoop",
        ),
        ("const a = new AbortController; fetch('/x', { signal: a.signal }); a.abort()", "AbortError"),
        (
            """const e = new TypeError('theirs'); e.stack =
               'TypeError: theirs\\n    at f (chrome-extension://abc/content.js:1:2)\\n    at https://shop.example/a.js:1:1';
               Promise.reject(e)""",
            "ExtensionError",
        ),
        (
            """const e = new TypeError('theirs too'); e.stack = 'f@moz-extension://abc/content.js:1:2';
               setTimeout(() => { throw e })""",
            "ExtensionError",
        ),
    ],
    ids=["resize-observer", "aborted", "chrome-extension", "firefox-extension"],
)
async def test_what_harms_nobody_is_kept_and_told_apart_by_its_type(
    site, visiting, wait, leave, act, error_type
) -> None:
    visiting.expect("^theirs", "AbortError|aborted", "ResizeObserver")
    [error] = await errors_of(site, visiting, wait, leave, act=act)
    assert error.error_type == error_type
    assert error.error_type in HARMLESS_ERROR_TYPES


async def test_an_error_of_the_page_with_an_extension_further_out_is_the_pages(site, visiting, wait, leave) -> None:
    act = """const e = new TypeError('ours'); e.stack =
        'TypeError: ours\\n    at pay (https://shop.example/a.js:1:2)\\n    at chrome-extension://abc/content.js:1:1';
        leadline.error(e)"""
    [error] = await errors_of(site, visiting, wait, leave, act=act)
    assert error.error_type == "TypeError"


async def test_an_error_of_a_foreign_script_is_marked_as_such(site, make_site, visiting, wait, leave) -> None:
    other = make_site()
    thrown = (
        b"(function once() { if (!window.leadline?.version) return setTimeout(once, 50); throw new Error('secret') })()"
    )
    other.put("/foreign.js", thrown, {"Content-Type": "text/javascript"})
    visiting.expect("^secret$")
    body = f'<script src="{other.origin}/foreign.js"></script>'
    [error] = await errors_of(site, visiting, wait, leave, body=body)
    assert (error.error_type, error.source) == ("ScriptError", "cross-origin")


async def test_what_the_policy_of_the_page_forbids_is_told(site, visiting, wait, leave) -> None:
    visiting.expect("Loading the image")
    policy = "img-src 'self'; script-src 'self'"
    act = "document.body.append(Object.assign(new Image, { src: 'https://elsewhere.example/pixel.gif?user=1' }))"
    found = await errors_of(site, visiting, wait, leave, act=act, headers={"Content-Security-Policy": policy})
    violations = [error for error in found if error.source == "csp"]
    assert [error.message for error in violations] == ["enforce img-src https://elsewhere.example/pixel.gif"]


async def test_the_same_error_in_another_place_and_number_is_counted_as_one(site, visiting, wait, leave) -> None:
    act = "for (const id of [17, 18, 19]) leadline.error(new TypeError('no product ' + id))"
    [error] = await errors_of(site, visiting, wait, leave, act=act)
    assert (error.count, error.message) == (3, "no product 17")
    assert "no product 17" in error.stack


async def test_more_kinds_of_errors_than_are_kept_are_counted(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("for (const c of 'abcdefghijklmnopqrstuvwxyz') leadline.error(new Error(c))")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert len(view.errors) == 20
    assert view.attributes["errors_dropped"] == 6


async def test_errors_and_calls_from_before_the_script_are_kept_by_the_early_snippet(
    site, visiting, wait, leave, built
) -> None:
    visiting.expect("Loading the image", "^(early|early too|after)$")
    snippet = (built / "early.js").read_text()
    broken = "setTimeout(() => { throw new TypeError('early') }); Promise.reject(new RangeError('early too'));"
    calls = "leadline.event('clicked', { value: 2 }); leadline.tag('plan', 'gold')"
    blocked = "document.head.append(Object.assign(new Image, { src: 'https://elsewhere.example/early.gif' }));"
    page = await (await visiting.context()).new_page()
    late = "setTimeout(() => { const s = document.createElement('script'); s.src = '/_l/b.js'; "
    late += "s.dataset.key = 'pk_shop'; document.head.append(s) }, 300)"
    head = f"<script>{snippet}</script><script>{broken}{calls};{blocked}{late}</script>"
    policy = {"Content-Security-Policy": "img-src 'self'"}
    await page.goto(site.serve(BODY, head=head, script="", headers=policy))
    await page.wait_for_function("leadline.version")
    await page.evaluate("() => { setTimeout(() => { throw new EvalError('after') }) }")
    await until_known(page, "errors.length === 5")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    found = {error.error_type: error for error in view.errors}
    # The blocked image is a violation, and a resource that did not load.
    kinds = ["EvalError", "RangeError", "ResourceError", "SecurityPolicyViolation", "TypeError"]
    assert sorted(found) == kinds
    assert [error.count for error in view.errors] == [1] * len(kinds)
    assert found["SecurityPolicyViolation"].message == "enforce img-src https://elsewhere.example/early.gif"
    assert view.events[0].value == 2
    assert view.attributes["plan"] == "gold"


@pytest.mark.parametrize("client", ["fetch", "xhr"])
async def test_a_request_that_failed_is_told_by_method_and_route(site, visiting, wait, leave, client) -> None:
    asks = {
        "fetch": "for (const n of [503, 503, 200, 404]) await fetch('/status/' + n + '?q=1', { method: 'PUT' });",
        "xhr": """for (const n of [503, 503, 200, 404]) await new Promise(done => {
            const x = new XMLHttpRequest; x.open('PUT', '/status/' + n + '?q=1'); x.onloadend = done; x.send() });""",
    }
    visiting.expect("Failed to load resource")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("async () => {" + asks[client] + "}")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    [request] = view.requests
    assert (request.method, request.route, request.status_code, request.count) == ("PUT", "/status/:id", 503, 2)


async def test_a_duration_past_the_wire_s_hour_is_dropped_with_a_note_and_the_request_stays(
    site, visiting, wait, leave
) -> None:
    visiting.expect("Failed to load resource")
    later = """<script>let laterMs = 0; const tick = performance.now.bind(performance);
        performance.now = () => tick() + laterMs</script>"""
    page = await visiting.open(site.serve(BODY, head=later))
    await page.evaluate("""async () => {
        const polled = fetch('/status/503'); laterMs = 2 * 3_600_000; await polled; laterMs = 0;
        await fetch('/status/500', { method: 'PUT' }) }""")
    await leave(page)
    await wait(lambda: (view := site.view("/")) and len(view.requests or []) == 2)
    polled, quick = site.view("/").requests
    assert (polled.method, polled.status_code, polled.duration_ms) == ("GET", 503, None)
    assert quick.duration_ms is not None, "the good figure beside it is kept"
    # The answer names what was left out.
    await wait(lambda: 200 in {post.status for post in site.posts()})


async def test_a_request_without_an_answer_failed_and_one_that_was_aborted_did_not(site, visiting, wait, leave) -> None:
    visiting.expect("Failed to load resource")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""async () => {
        await fetch('http://localhost:9/api/cart').catch(() => 0);
        const abort = new AbortController; const asked = fetch('/slow', { signal: abort.signal }); abort.abort();
        await asked.catch(() => 0) }""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [(each.route, each.status_code) for each in view.requests] == [("http://localhost:9/api/cart", 0)]


async def test_a_rejection_that_the_page_forgot_is_still_reported_by_the_browser(site, visiting, leave, wait) -> None:
    visiting.expect("Failed to (load resource|fetch)")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("() => { fetch('http://localhost:9/') }")
    await wait(lambda: any("Failed to fetch" in fault for fault in visiting.faults))
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.errors[0].source == "rejection"


async def test_what_is_under_way_when_the_page_is_left_did_not_fail(site, visiting, wait) -> None:
    hung = threading.Event()
    site.hold("/slow", hung)
    try:
        page = await visiting.open(site.serve(BODY))
        await page.evaluate("""() => { fetch('/slow?by=fetch'); fetch('/slow?by=await').catch(() => 0);
            const x = new XMLHttpRequest; x.open('GET', '/slow?by=xhr'); x.send() }""")
        await wait(lambda: len([asked for asked in site.asked if asked.path.startswith("/slow")]) == 3)
        await page.goto(site.serve("<h1>next</h1>", path="/next", script=""))
        view = await wait(lambda: site.view("/"))
        assert (view.requests, view.errors) == (None, None)
    finally:
        hung.set()
