"""What an author has beside Playwright's page: requests without a page, attachments, devices, parameters."""

from __future__ import annotations

import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, Cohort, JourneySpec, RunStatus
from leadline_probes.attachments import MOST_BYTES, Attachments

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

MARKS = {"x-leadline-run", "x-leadline-synthetic", "traceparent", "baggage"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest.mark.parametrize("request_of", ["run.request", "page.request", "page.context.request"])
async def test_requests_without_a_page_are_marked_and_sent_to_the_cohort(stand: Stand, request_of):
    stand.site.forget()
    cohort = Cohort(name="canary", cookies={"v": "canary"}, headers={"X-Cohort": "canary"})
    body = f"""
    async with run.step("order"):
        answer = await {request_of}.post("/api/order", data={{"a": 1}}, headers={{"X-Own": "1"}})
        assert answer.ok
    async with run.step("gone"):
        assert (await {request_of}.get("/status/404")).status == 404
    """
    result = await stand.run(body, cohort=cohort)
    assert result.status is RunStatus.PASSED, result.error_message
    [order] = stand.site.requests_to("/api/order")
    assert set(order.headers) >= MARKS | {"x-own"}
    assert order.headers["x-leadline-run"] == result.run_id
    assert (order.headers["x-cohort"], order.headers["cookie"]) == ("canary", "v=canary")
    assert "LeadlineSynthetic/1" in order.headers["user-agent"]
    assert result.steps[0].service_version == "1.5.0"


async def test_a_mark_never_travels_to_another_host_by_a_redirect(stand: Stand):
    stand.site.forget()
    cohort = Cohort(name="canary", headers={"X-Cohort": "canary"})
    result = await stand.run("await run.request.get('/to-third', headers={'Authorization': 'b'})", cohort=cohort)
    assert result.status is RunStatus.PASSED, result.error_message
    [third] = stand.site.third_seen
    assert not (MARKS | {"x-cohort", "authorization"}) & set(third.headers)


@pytest.mark.parametrize("has_base_url", [True, False])
async def test_a_redirected_request_goes_on_as_a_browsers_would(stand: Stand, has_base_url):
    stand.site.forget()
    body = f"""
    at, own = {stand.site.url!r}, {{"Authorization": "b", "Cookie": "a=b"}}
    await run.request.get(at + "/moved", params={{"q": "x"}}, headers=own)
    await run.request.head(at + "/moved?status=303")
    await run.request.put(at + "/moved?status=303", data={{"a": 1}})
    await run.request.post(at + "/moved?status=307", data={{"a": 1}})
    """
    result = await stand.run(body, **({} if has_base_url else {"base_url": None}))
    assert result.status is RunStatus.PASSED, result.error_message
    asked = stand.site.requests_to("/")
    assert [(one.method, one.query) for one in asked] == [("GET", ""), ("HEAD", ""), ("GET", ""), ("POST", "")]
    assert asked[0].headers["authorization"] == "b"
    assert "cookie" not in asked[0].headers
    assert ["content-type" in one.headers for one in asked] == [False, False, False, True]


async def test_an_answer_of_500_fails_its_step_unless_it_is_expected(stand: Stand):
    bad = 'async with run.step("order"):\n    await run.request.get("/status/503")'
    result = await stand.run(bad)
    assert (result.status, result.cause, result.status_code) == (RunStatus.FAILED, Cause.STATUS_CODE, 503)
    assert result.error_message == f"{stand.site.url}/status/503 answered 503"
    expected = 'async with run.step("order", status=503):\n    await run.request.get("/status/503")'
    assert (await stand.run(expected)).status is RunStatus.PASSED


async def test_what_is_attached_is_kept_of_a_run_that_fails(stand: Stand):
    body = """
    run.attach("cart.json", '{"a": 1}')
    run.attach("raw.bin", bytes([0, 1]))
    assert False, "no"
    """
    result = await stand.run(body)
    attached = {piece.path.rpartition("/")[2] for piece in result.evidence if piece.kind == "attachment"}
    assert attached == {"cart.json", "raw.bin"}
    assert (await stand.run('run.attach("cart.json", "{}")')).evidence == ()


@pytest.mark.parametrize("name", ["../x", "a/b", "", "log.txt", "trace.zip", "screenshot-2.png", ".hidden"])
async def test_an_attachment_is_a_plain_file_of_its_own(name):
    with pytest.raises(ValueError, match="can't name an attachment"):
        Attachments().add(name, b"")


async def test_attachments_have_a_limit():
    attachments = Attachments()
    attachments.add("a", b"x" * MOST_BYTES)
    attachments.add("a", b"y")
    with pytest.raises(ValueError, match="is too much"):
        attachments.add("b", b"x" * MOST_BYTES)


async def test_a_device_and_a_parameter_reach_the_page(stand: Stand):
    path = stand.folder / "journeys" / "devices.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "from leadline import expect, journey\n"
        '@journey(every="1m", parameters={"market": ["de", "fr"], "device": ["iPhone 15"]})\n'
        "async def devices(run, page, market):\n"
        "    await page.goto('/?market=' + market)\n"
        "    run.kpi('width', await page.evaluate('screen.width'), ge=1)\n"
    )
    stand.site.forget()
    spec = JourneySpec(name="devices[fr-iPhone 15]", path=str(path), every_s=60.0)
    result = await stand.pool.run(stand.ask(spec))
    assert result.status is RunStatus.PASSED, result.error_message
    assert result.kpis[0].value == 393
    agent = stand.site.requests_to("/")[0].headers["user-agent"]
    assert "iPhone" in agent
    assert "LeadlineSynthetic/1" in agent


async def test_a_device_that_does_not_exist_is_our_fault_and_names_the_nearest(stand: Stand):
    path = stand.folder / "journeys" / "wrong.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        'from leadline import journey\n@journey(every="1m", device="iPhone15")\nasync def wrong(run, page): ...\n'
    )
    result = await stand.pool.run(stand.ask(JourneySpec(name="wrong", path=str(path), every_s=60.0)))
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert "no device is named 'iPhone15'" in result.error_message
