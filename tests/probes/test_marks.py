"""Who sees that a request comes from a probe: every server of the app, and nobody else."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cohort, RunStatus
from leadline_probes.first_party import FirstParty

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARKS = {"x-leadline-run", "x-leadline-synthetic", "traceparent", "baggage", "x-cohort"}

VISIT = """
async with run.step("everything"):
    await page.goto("/")
    await page.goto(f"/page-of?html={html}")
    await expect(page.locator("#done")).to_have_text("done")
    async with page.expect_popup() as popup:
        await page.evaluate("window.open('/popup')")
    await (await popup.value).wait_for_load_state()
    async with page.expect_popup() as popup:
        await page.evaluate(f"window.open('{third}/popup')")
    await (await popup.value).wait_for_load_state()
    await page.goto("/to-third")
    await page.goto(f"{third}/back")
    await page.goto("/style.css")
"""

PAGE = """
<iframe src=/frame></iframe><iframe src={third}/frame></iframe><img src=/picture-of-third.png><img src={third}/p.png>
<p id=done></p><script>
new Worker('/worker.js');
addEventListener('pagehide', () => navigator.sendBeacon('/beacon', 'last words'));
Promise.allSettled([fetch('/api'), fetch('{third}/api'), fetch('/to-third'),
  fetch('{third}/api', {{mode: 'no-cors', method: 'POST', body: 'x'}})])
  .then(() => new Promise(r => setTimeout(r, 300))).then(() => done.textContent = 'done');
</script>
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visit(stand: Stand):
    """One run that goes everywhere: frames, popups, workers, redirects to and fro, beacons."""
    stand.site.forget()
    third = stand.site.third_url
    html = PAGE.format(third=third).replace("\n", " ")
    top = f"from urllib.parse import quote\nthird = {third!r}\nhtml = quote({html!r})"
    cohort = Cohort(name="canary", cookies={"v": "canary"}, headers={"X-Cohort": "canary"})
    result = await stand.run(VISIT, top=top, cohort=cohort)
    assert result.status is RunStatus.PASSED, result.error_message
    return result


@pytest.mark.browser
async def test_every_request_to_the_app_is_marked(stand: Stand, visit):
    unmarked = [seen.path for seen in stand.site.seen if not set(seen.headers) >= MARKS]
    assert unmarked == []
    paths = {seen.path for seen in stand.site.seen}
    assert {"/", "/api", "/frame", "/popup", "/from-worker", "/worker.js", "/beacon", "/to-third"} <= paths
    one = stand.site.requests_to("/api")[0].headers
    assert one["x-leadline-run"] == visit.run_id
    assert one["x-leadline-synthetic"] == "1"
    assert re.fullmatch(rf"00-{visit.trace_id}-[0-9a-f]{{16}}-01", one["traceparent"])
    assert f"leadline.run_id={visit.run_id}" in one["baggage"]
    assert "LeadlineSynthetic/1" in one["user-agent"]
    assert "HeadlessChrome" not in one["user-agent"]


@pytest.mark.browser
async def test_no_third_party_ever_sees_a_mark(stand: Stand, visit):
    paths = {seen.path for seen in stand.site.third_seen}
    assert {"/frame", "/p.png", "/picture.png", "/api", "/popup", "/landed", "/back"} <= paths
    assert [seen for seen in stand.site.third_seen if MARKS & set(seen.headers)] == []
    assert not any("v=canary" in seen.headers.get("cookie", "") for seen in stand.site.third_seen)


@pytest.mark.browser
async def test_the_cohort_cookie_reaches_the_app(stand: Stand, visit):
    assert all("v=canary" in seen.headers.get("cookie", "") for seen in stand.site.requests_to("/"))


@pytest.mark.browser
async def test_a_name_and_password_in_the_address_hide_no_request_from_the_marks(stand: Stand):
    stand.site.forget()
    base_url = stand.site.url.replace("http://", "http://stage:hunter2@")
    cohort = Cohort(name="canary", cookies={"v": "canary"})
    body = 'await page.goto("/")\nawait page.goto("/page-of?html=<iframe src=/frame></iframe>")'
    result = await stand.run(body, base_url=base_url, cohort=cohort)
    assert result.status is RunStatus.PASSED, result.error_message
    for path in ("/", "/page-of", "/frame"):
        [seen] = stand.site.requests_to(path)
        assert seen.headers.get("x-leadline-run") == result.run_id
        assert "v=canary" in seen.headers.get("cookie", "")


@pytest.mark.browser
async def test_the_last_beacon_of_every_run_arrives_and_says_by_its_user_agent_that_it_is_ours(stand: Stand):
    stand.site.forget()
    html = "<script>addEventListener('pagehide', () => { navigator.sendBeacon('/beacon', 'bye'); "
    html += "fetch('/beacon', {method: 'POST', body: 'bye', keepalive: true}) })</script>"
    spec = stand.write(f'await page.goto("/page-of?html={html}")')
    results = [await stand.pool.run(stand.ask(spec)) for _ in range(10)]
    assert {result.status for result in results} == {RunStatus.PASSED}
    deadline = time.monotonic() + 5
    while len(stand.site.bodies) < 20 and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert stand.site.bodies == ["bye"] * 20
    agents = {seen.headers["user-agent"] for seen in stand.site.requests_to("/beacon")}
    assert all("LeadlineSynthetic/1" in agent for agent in agents)


@pytest.mark.browser
async def test_without_cohort_headers_a_picture_is_marked_by_its_user_agent_alone(stand: Stand):
    stand.site.forget()
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED
    by_path = {seen.path: seen.headers for seen in stand.site.seen}
    assert "x-leadline-run" in by_path["/"]
    assert "x-leadline-run" not in by_path["/picture.png"]
    assert all("LeadlineSynthetic/1" in headers["user-agent"] for headers in by_path.values())


@pytest.mark.browser
async def test_marking_leaves_the_http_cache_in_place(stand: Stand):
    stand.site.forget()
    await stand.run('await page.goto("/"); await page.goto("/"); await page.goto("/")')
    assert len(stand.site.requests_to("/style.css")) == 1


@pytest.mark.browser
async def test_a_route_of_the_journey_still_works(stand: Stand):
    body = """
    await page.route("**/api", lambda route: route.fulfill(body="mocked"))
    await page.goto("/")
    assert await page.evaluate("fetch('/api').then(r => r.text())") == "mocked"
    """
    assert (await stand.run(body)).status is RunStatus.PASSED


@pytest.mark.browser
async def test_a_trace_that_the_page_has_begun_is_kept(stand: Stand):
    stand.site.forget()
    own = "00-11111111111111111111111111111111-2222222222222222-01"
    body = f"""
    await page.goto("/")
    await page.evaluate("fetch('/api', {{headers: {{traceparent: '{own}', baggage: 'a=b'}}}})")
    """
    await stand.run(body)
    headers = stand.site.requests_to("/api")[0].headers
    assert headers["traceparent"] == own
    assert headers["baggage"].startswith("a=b,leadline.run_id=")


FIRST = [
    ("https://shop.example", "https://shop.example/pay", True),
    ("https://shop.example", "https://api.shop.example/v1", True),
    ("https://www.shop.example", "https://api.shop.example/v1", True),
    ("https://shop.example", "http://shop.example/", True),
    ("https://shop.example", "https://shop.example:8443/", False),
    ("https://shop.example", "https://evilshop.example/", False),
    ("https://shop.example", "https://evil.example/?u=.shop.example/", False),
    ("https://shop.example", "https://shop.example.evil.example/", False),
    ("https://shop.example", "https://shop.example@evil.example/", False),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080/", True),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8081/", False),
    ("http://127.0.0.1:8080", "http://1.127.0.0.1:8080/", False),
    ("http://localhost:8080", "http://api.localhost:8080/", False),
    ("https://shop.example", "https://shop.example:bad/", False),
]


@pytest.mark.parametrize(("base_url", "url", "is_first"), FIRST)
async def test_whose_server_an_address_is(base_url, url, is_first):
    assert FirstParty.of(base_url).includes(url) is is_first
