"""Frames of the same site: one view for each document that a person looks at."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from beacon.visiting import NOTE_ARMED
from playwright.async_api import Frame, Page

pytestmark = pytest.mark.browser

TAG = 'data-key="pk_shop"'
FRAMED = """<h1>Framed</h1><button id="go">go</button>"""


async def open_around(site, visiting, frame: str, *, at_once: bool = False):
    """A page with that frame in it, on both of which the script runs; `at_once`: the page comes with it."""
    page = await visiting.open(site.serve(f"<h1>Around</h1>{frame if at_once else ''}", path="/around", tag=TAG))
    if not at_once:
        # Both scripts are async: a frame with an address that is faster than the page is a view of its own.
        await page.wait_for_function("window.leadline && leadline.version")
        await page.evaluate("frame => document.body.insertAdjacentHTML('beforeend', frame)", frame)
    await page.frames[1].wait_for_function("window.leadline && leadline.version")
    return page, page.frames[1]


async def test_what_happens_in_a_frame_that_nobody_turned_to_belongs_to_the_page_around_it(
    site, visiting, wait, leave
) -> None:
    visiting.expect("^in the frame$")
    site.serve(FRAMED, path="/framed", tag=TAG)
    page, frame = await open_around(site, visiting, '<iframe src="/framed"></iframe>')
    await frame.evaluate("""() => { leadline.event('framed', { value: 1 });
        setTimeout(() => { throw new RangeError('in the frame') }) }""")
    await frame.evaluate("new Promise(done => setTimeout(() => setTimeout(done)))")
    await leave(page)
    view = await wait(lambda: site.view("/around"))
    assert [event.name for event in view.events] == ["framed"]
    assert [error.message for error in view.errors] == ["in the frame"]
    assert len(site.views()) == 1


async def test_a_frame_that_somebody_turns_to_is_a_view_of_its_own_in_the_same_session(
    site, visiting, wait, leave
) -> None:
    site.serve(FRAMED, path="/framed", tag=TAG)
    page, frame = await open_around(site, visiting, '<iframe src="/framed"></iframe>')
    await frame.evaluate("leadline.event('before')")
    await frame.click("#go")
    await frame.evaluate("leadline.event('after')")
    await leave(page)
    await wait(lambda: len(site.views()) == 2)
    around, framed = site.view("/around"), site.view("/framed")
    assert [event.name for event in around.events] == ["before"]
    assert [event.name for event in framed.events] == ["after"]
    assert framed.vitals.fcp_ms > 0
    assert framed.session_id == around.session_id


async def test_a_frame_without_an_address_stays_the_pages_whoever_touches_it(site, visiting, wait, leave) -> None:
    inner = f'<button id="go">go</button><script async src="{site.origin}/_l/b.js" {TAG}></script>'
    page, frame = await open_around(
        site, visiting, f"<iframe srcdoc={json.dumps(inner.replace(chr(34), chr(39)))}>", at_once=True
    )
    await frame.click("#go")
    await frame.evaluate("leadline.event('framed')")
    await leave(page)
    view = await wait(lambda: site.view("/around"))
    assert [event.name for event in view.events] == ["framed"]
    assert len(site.views()) == 1


async def test_a_frame_in_a_page_without_the_script_is_a_view(site, visiting, wait, leave) -> None:
    site.serve(FRAMED, path="/framed", tag=TAG)
    page = await (await visiting.context()).new_page()
    await page.goto(site.serve('<iframe src="/framed"></iframe>', path="/bare", script=""))
    await page.frames[1].wait_for_function("window.leadline && leadline.version")
    await leave(page)
    assert await wait(lambda: site.view("/framed"))


async def test_a_frame_in_a_page_of_another_origin_is_a_view_and_the_console_stays_silent(
    site, make_site, visiting, wait, leave
) -> None:
    other = make_site()
    address = site.serve(FRAMED, path="/framed", tag=TAG)
    around = f'<iframe src="{address.replace("localhost", "127.0.0.1")}"></iframe>'
    page = await visiting.open(other.serve(around, path="/elsewhere", tag=TAG))
    await page.frames[1].wait_for_function("window.leadline && leadline.version")
    await leave(page)
    await wait(lambda: any((asked.body or b"").find(b"/framed") > 0 for asked in site.posts()))


@asynccontextmanager
async def a_frame_that_is_first(
    site, visiting, built, *, tag: str = TAG, head: str = NOTE_ARMED
) -> AsyncIterator[tuple[Page, Frame, Callable[[], Awaitable[None]]]]:
    """The page, its frame on which the script runs, and what lets the page have its own script."""
    visiting.expect("^too early$")
    site.serve(FRAMED, path="/framed", tag=tag, head=head)
    site.put("/late.js", (built / "b.js").read_bytes(), {"Content-Type": "text/javascript"})
    gate = threading.Event()
    site.hold("/late.js", gate)
    frame_first = site.serve(
        '<iframe src="/framed"></iframe>', path="/around", script="/late.js", tag=f'{TAG} data-to="{site.origin}/_l"'
    )
    page = await (await visiting.context()).new_page()
    try:
        await page.goto(frame_first, wait_until="commit")
        await page.wait_for_function("frames[0]?.leadline?.version", polling=50)
        frame = page.frames[1]
        await frame.evaluate(
            """() => { leadline.event('early', { value: 1 }); leadline.error(new Error('too early')) }"""
        )
        if tag == TAG:
            # What is armed by now would be told of a view of its own.
            await frame.wait_for_function("armed.includes('early')", polling=50)

        async def let_go() -> None:
            gate.set()
            await page.wait_for_function("window.leadline?.version", polling=50)

        yield page, frame, let_go
    finally:
        gate.set()


async def test_a_frame_that_was_ready_before_the_page_moves_in_with_all_that_it_has(
    site, visiting, built, wait, leave
) -> None:
    async with a_frame_that_is_first(site, visiting, built) as (page, frame, let_go):
        await let_go()
        await frame.evaluate("leadline.event('late')")
        await leave(page)
        view = await wait(lambda: site.view("/around"))
        assert [event.name for event in view.events] == ["early", "late"]
        assert [error.message for error in view.errors] == ["too early"]
        assert 0 < view.events[0].at_ms <= view.events[1].at_ms
        assert len(site.views()) == 1


async def test_what_a_frame_had_told_by_itself_is_not_told_again_by_the_page_that_it_moves_in_with(
    site, visiting, built, wait, leave
) -> None:
    soon = f'{TAG} data-send-after="0.1"'
    async with a_frame_that_is_first(site, visiting, built, tag=soon) as (page, frame, let_go):
        await wait(lambda: (told := site.view("/framed")) and told.events and told.errors)
        await let_go()
        await frame.evaluate("leadline.event('late')")
        await leave(page)
        view = await wait(lambda: site.view("/around"))
        assert [event.name for event in view.events] == ["late"]
        assert view.errors is None


# The first request that tells of the event has no answer until the test says so.
HELD = """<script>delete window.CompressionStream; const ask = fetch;
window.fetch = (address, how) => how.body.includes('early') && !window.fail
    ? new Promise((_, fail) => { window.fail = fail }) : ask(address, how)</script>"""


async def test_what_a_frame_was_telling_when_it_moved_in_is_told_again_where_that_fails(
    site, visiting, built, wait, leave
) -> None:
    visiting.expect("leadline: no answer")
    soon = f'{TAG} data-send-after="0.1"'
    async with a_frame_that_is_first(site, visiting, built, tag=soon, head=HELD) as (page, frame, let_go):
        await frame.wait_for_function("!!window.fail", polling=50)
        await let_go()
        await frame.evaluate("fail(new TypeError('network'))")
        await frame.evaluate("new Promise(done => setTimeout(done))")
        await leave(page)
        view = await wait(lambda: (told := site.view("/framed")) and told.events and told)
        assert [event.name for event in view.events] == ["early"]
        assert await wait(lambda: (told := site.view("/around")) and not told.events)


async def test_a_frame_that_somebody_turned_to_before_the_page_was_ready_stays_a_view(
    site, visiting, built, wait, leave
) -> None:
    async with a_frame_that_is_first(site, visiting, built) as (page, frame, let_go):
        await frame.click("#go")
        await let_go()
        await leave(page)
        await wait(lambda: len(site.views()) == 2)
        assert [event.name for event in site.view("/framed").events] == ["early"]
        assert site.view("/around").events is None


async def test_a_frame_that_moved_in_and_is_turned_to_goes_on_as_the_view_that_it_was(
    site, visiting, built, wait, leave
) -> None:
    async with a_frame_that_is_first(site, visiting, built) as (page, frame, let_go):
        await let_go()
        await frame.click("#go")
        await frame.evaluate("leadline.event('after')")
        await leave(page)
        await wait(lambda: len(site.views()) == 2)
        around, framed = site.view("/around"), site.view("/framed")
        assert [event.name for event in around.events] == ["early"]
        assert [event.name for event in framed.events] == ["after"]
        assert framed.vitals.fcp_ms > 0
        assert framed.session_id == around.session_id
