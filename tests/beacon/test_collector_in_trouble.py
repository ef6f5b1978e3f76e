"""A collector that fails, asks for silence, is gone, blocked, or knows no such key: one line, longer waits, no more."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"
# Notes when the beacon asked and when it had read the answer, on the page's own clock, which these tests turn.
NOTE = """<script>window.asked = []; window.answered = []; window.read = 0;
const { fetch: ask } = window; const after = new MessageChannel(); after.port1.onmessage = () => read++;
const note = () => { answered.push(Date.now()); after.port2.postMessage(0) };
window.fetch = (...given) => { asked.push(Date.now()); const answer = ask(...given); answer.then(note, note);
    return answer }</script>"""
BY_THE_BROWSER = "Failed to load resource"


def answered(site, number: int):
    """The site's posts, once so many have their answer."""
    posts = [asked for asked in site.posts() if asked.status]
    return posts if len(posts) == number else None


class Turned:
    """A page whose clock stands still until it is turned."""

    def __init__(self, page, wait) -> None:
        self.page, self.wait = page, wait

    async def turn(self, seconds: float) -> None:
        await self.page.clock.run_for(round(seconds * 1000))

    async def turn_to_answer(self, number: int) -> None:
        """Turns until the beacon has asked so often, and waits until it has read that answer."""
        while await self.asked() < number:
            # No more than the shortest wait between two requests, so that each is seen.
            await self.turn(4)
        await self.page.wait_for_function(f"read === {number}", polling=20)

    async def asked(self) -> int:
        return await self.page.evaluate("asked.length")

    async def since_answer_s(self) -> float:
        return await self.page.evaluate("(Date.now() - answered.at(-1)) / 1000")

    async def waits_s(self) -> list[float]:
        """How long it waited after each answer before it asked again."""
        return await self.page.evaluate("asked.slice(1).map((at, i) => Math.round((at - answered[i]) / 1000))")


@pytest.fixture
def turned(site, visiting, wait):
    async def open_turned(**serving) -> Turned:
        page = await (await visiting.context()).new_page()
        await page.clock.install(time=1_795_500_000)
        await page.goto(site.serve(BODY, head=NOTE, **serving))
        await page.wait_for_function("window.leadline && leadline.version", polling=20)
        await page.clock.pause_at(1_795_500_020)
        await page.evaluate("leadline.event('kept')")
        return Turned(page, wait)

    return open_turned


async def test_a_collector_that_fails_is_asked_ever_later_and_nothing_is_lost(site, visiting, turned, wait) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.answer = (500, {})
    page = await turned()
    await page.turn_to_answer(1)
    for number in range(2, 9):
        await page.turn_to_answer(number)
    assert await page.waits_s() == [5, 10, 20, 40, 80, 160, 300]
    assert site.views() == []
    site.answer = None
    await page.turn_to_answer(9)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "kept"
    assert view.vitals.lcp_ms > 0
    assert visiting.ours() == ["debug: leadline: no answer"]
    # It is well again: nothing is left to be told, and the next news wait as long as ever, not five minutes.
    await page.turn(600)
    assert await page.asked() == 9
    await page.page.evaluate("leadline.event('later')")
    await page.turn_to_answer(10)


@pytest.mark.parametrize("status", [408, 425, 500])
async def test_what_may_pass_is_tried_again(site, visiting, turned, wait, status) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.answer = (status, {})
    page = await turned()
    await page.turn_to_answer(1)
    await page.page.evaluate("leadline.event('sold')")
    site.answer = None
    await page.turn_to_answer(2)
    assert await page.waits_s() == [5]
    view = await wait(lambda: site.view("/"))
    assert [event.name for event in view.events] == ["kept", "sold"]


@pytest.mark.parametrize("status", [400, 404, 413])
async def test_a_beacon_that_is_refused_ends_alone(site, visiting, turned, wait, status) -> None:
    visiting.expect(BY_THE_BROWSER, f"leadline: refused: {status}")
    site.answer = (status, {})
    page = await turned()
    await page.turn_to_answer(1)
    site.answer = None
    await page.page.evaluate("leadline.event('sold')")
    await page.turn_to_answer(2)
    view = await wait(lambda: site.view("/"))
    # What was refused would be refused again, and take the sale with it.
    assert ([event.name for event in view.events], view.from_.events) == (["sold"], 1)
    assert len(visiting.ours()) == 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [(401, {}), (403, {}), (410, {}), (202, {"Leadline-Dropped": "app_off"})],
    ids=["unknown-key", "foreign-origin", "gone", "switched-off"],
)
async def test_what_is_final_ends_this_page_and_is_tried_again_on_the_next(
    site, visiting, turned, wait, leave, status, headers
) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: refused")
    site.answer = (status, headers)
    page = await turned()
    await page.turn_to_answer(1)
    await page.page.evaluate("leadline.event('unheard')")
    await page.turn(600)
    site.answer = None
    await page.page.goto(site.serve(BODY, path="/next"))
    await page.page.wait_for_function("window.leadline && leadline.version", polling=20)
    await page.page.evaluate("leadline.event('sold')")
    await leave(page.page)
    view = await wait(lambda: site.view("/next"))
    assert view.events[0].name == "sold"
    # The site notes a status once it has answered, which may be after the collector has the beacon.
    assert [asked.status for asked in await wait(lambda: answered(site, 2))] == [status, 204]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_wait_that_the_collector_asks_for_is_kept_to_the_second(site, visiting, turned, wait, status) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.answer = (status, {"Retry-After": "120"})
    page = await turned()
    await page.turn_to_answer(1)
    site.answer = None
    await page.page.evaluate("leadline.event('meanwhile')")
    await page.turn(119 - await page.since_answer_s())
    assert await page.asked() == 1
    await page.turn_to_answer(2)
    assert await page.waits_s() == [120]
    view = await wait(lambda: site.view("/"))
    assert [event.name for event in view.events] == ["kept", "meanwhile"]
    assert len(visiting.ours()) == 1


async def test_a_collector_that_asks_for_silence_is_not_told_at_the_end_of_the_page_either(
    site, visiting, turned, leave
) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.answer = (429, {"Retry-After": "600"})
    page = await turned()
    await page.turn_to_answer(1)
    await page.page.evaluate("leadline.event('while_silent')")
    await page.turn(60)
    await leave(page.page)
    await page.page.wait_for_timeout(300)
    assert [asked.status for asked in site.posts()] == [429]


async def test_a_collector_that_was_down_is_told_when_it_is_back(site, visiting, turned, wait) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.is_down = True
    page = await turned()
    await page.turn_to_answer(1)
    await page.turn_to_answer(2)
    site.is_down = False
    await page.turn_to_answer(3)
    assert await page.waits_s() == [5, 10]
    assert (await wait(lambda: site.view("/"))).events[0].name == "kept"
    assert visiting.ours() == ["debug: leadline: no answer"]


async def test_a_collector_that_is_down_costs_one_line_and_the_view_is_told_at_the_end(
    site, visiting, turned, wait, leave
) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    site.is_down = True
    page = await turned()
    await page.turn_to_answer(1)
    site.is_down = False
    await leave(page.page)
    assert (await wait(lambda: site.view("/"))).events[0].name == "kept"
    assert visiting.ours() == ["debug: leadline: no answer"]


async def test_a_content_blocker_costs_the_page_one_line(site, visiting, turned) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: no answer")
    page = await turned()
    await page.page.context.route("**/v1/b", lambda route: route.abort("blockedbyclient"))
    await page.turn_to_answer(1)
    await page.turn_to_answer(2)
    assert await page.page.evaluate("fetch('/status/200').then(answer => answer.status)") == 200
    assert site.posts() == []
    assert visiting.ours() == ["debug: leadline: no answer"]


async def test_a_page_whose_script_is_blocked_may_still_call_it(site, visiting, built) -> None:
    visiting.expect(BY_THE_BROWSER)
    context = await visiting.context()
    await context.route("**/b.js", lambda route: route.abort("blockedbyclient"))
    page = await context.new_page()
    await page.goto(site.serve(BODY, head=f"<script>{(built / 'early.js').read_text()}</script>"))
    await page.evaluate("leadline.event('unheard', { value: 1 }); leadline.error(new Error('unheard'))")
    assert await page.evaluate("leadline.version") is None
    assert site.posts() == []


async def test_a_wrong_key_costs_one_request_and_one_line(site, visiting, turned, leave) -> None:
    visiting.expect(BY_THE_BROWSER, "leadline: refused: 401")
    page = await turned(tag='data-key="pk_wrong"')
    await page.turn_to_answer(1)
    await page.page.evaluate("leadline.event('unheard')")
    await page.turn(600)
    await leave(page.page)
    await page.page.wait_for_timeout(300)
    assert [asked.status for asked in site.posts()] == [401]
    assert visiting.ours() == ["debug: leadline: refused: 401"]


@pytest.mark.parametrize(
    ("tag", "line"),
    [('data-app="shop"', "no data-key"), ('data-key="pk_shop" data-to="http://["', "TypeError")],
    ids=["no-key", "no-address"],
)
async def test_a_tag_that_can_not_work_costs_one_line_and_nothing_else(
    site, visiting, turned, leave, tag, line
) -> None:
    visiting.expect("debug: leadline: " + line)
    page = await turned(tag=tag)
    await page.turn(600)
    await leave(page.page)
    await page.page.wait_for_timeout(300)
    assert len(visiting.said) == 1
    assert site.posts() == []
