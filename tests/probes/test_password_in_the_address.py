"""`base_url` with user and password: they are given to the site when it asks, and stand in no page's address."""

from __future__ import annotations

import pytest
import pytest_asyncio
from probes.guarded_site import open_guarded_site
from probes.pool_stand import Stand, open_stand

from leadline.model import Cohort, RunStatus
from leadline.model.web_origins import credentials_in, without_credentials

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("password-in-the-address")]

VISIT = """
async with run.step("home"):
    await page.goto("/")
    await expect(page.locator("#worker")).to_have_text("ready", timeout=5000)
    await expect(page.locator("#api")).to_have_text("fine")
    assert page.url == run.base_url + "/", page.url
    assert await page.evaluate("document.documentElement.dataset.shop") == "1"
async with run.step("reload"):
    await page.goto(run.base_url + "/reload")
    await expect(page.locator("#api")).to_have_text("fine")
async with run.step("popup"):
    async with page.expect_popup() as popup:
        await page.get_by_text("popup").click()
    await expect((await popup.value).locator("#api")).to_have_text("fine")
"""
REQUEST = """
async with run.step("api"):
    assert (await run.request.get("/api")).status == 200
    assert (await page.request.get(run.base_url + "/api")).status == 200
"""

SUITE = """
import pytest
from playwright.sync_api import expect

@pytest.mark.journey(every="5m", deadline="2m")
def test_home(page):
    page.goto("/")
    expect(page.locator("#worker")).to_have_text("ready")
    assert "@" not in page.url
    assert page.request.get(page.url + "api").status == 200
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["basic", "digest"])
async def test_a_page_behind_a_password_has_its_service_worker_version_and_marks(stand: Stand, scheme: str):
    async with open_guarded_site(scheme) as site:
        result = await stand.run(VISIT, base_url=site.open_url(), confirms_run_id="an-earlier-one")
    assert result.status is RunStatus.PASSED, result.error_message
    assert [step.service_version for step in result.steps] == ["1.5.0"] * 3
    assert {path for path, is_known, _ in site.seen if not is_known} == {"/"}  # asked once, as by any browser
    assert all("x-leadline-run" in headers for path, _, headers in site.seen if path != "/sw.js")


@pytest.mark.browser
async def test_requests_without_a_page_have_the_password_too(stand: Stand):
    async with open_guarded_site() as site:
        result = await stand.run(REQUEST, base_url=site.open_url())
    assert result.status is RunStatus.PASSED, result.error_message
    assert [is_known for _, is_known, _ in site.seen] == [True, True]


@pytest.mark.browser
async def test_only_the_origin_of_the_address_is_given_the_password(stand: Stand):
    async with open_guarded_site() as site, open_guarded_site() as other:
        body = f"""
        await page.goto("/")
        answer = await page.goto("{other.url}/")
        assert answer.status == 401, answer.status
        assert (await run.request.get("{other.url}/api")).status == 401
        """
        result = await stand.run(body, base_url=site.open_url())
    assert result.status is RunStatus.FAILED
    assert result.error_message == f"{other.url}/ answered 401"
    assert [headers for _, _, headers in other.seen if "authorization" in headers] == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["basic", "silent"])
async def test_a_wrong_password_is_the_sites_401_and_is_told_to_nobody(stand: Stand, scheme: str):
    async with open_guarded_site(scheme) as site:
        result = await stand.run('await page.goto("/")', base_url=site.open_url(password="wrong-secret"))
    assert result.status is RunStatus.FAILED
    assert result.error_message == f"{site.url}/ answered 401"
    assert len(site.seen) <= 3  # a favicon aside, no more than two tries


@pytest.mark.browser
async def test_a_route_of_the_journey_leaves_the_login_in_place(stand: Stand):
    body = """
    await page.route("**/api", lambda route: route.fulfill(body="mocked"))
    await page.goto("/")
    await expect(page.locator("#api")).to_have_text("mocked")
    """
    async with open_guarded_site() as site:
        result = await stand.run(body, base_url=site.open_url())
    assert result.status is RunStatus.PASSED, result.error_message


@pytest.mark.browser
async def test_what_alone_asks_for_a_password_on_a_public_page_gets_it(stand: Stand):
    body = """
    await page.goto("/")
    assert await page.evaluate("document.documentElement.dataset.shop") == "1"
    """
    async with open_guarded_site() as site:
        site.public = {"/", "/api", "/sw.js", "/favicon.ico"}
        result = await stand.run(body, base_url=site.open_url())
    assert result.status is RunStatus.PASSED, result.error_message


@pytest.mark.browser
async def test_a_cohorts_cookie_and_a_bad_answer_are_as_without_a_password(stand: Stand):
    async with open_guarded_site() as site:
        cohort = Cohort(name="canary", cookies={"v": "canary"})
        result = await stand.run('await page.goto("/boom")', base_url=site.open_url(), cohort=cohort)
    assert (result.status, result.error_message) == (RunStatus.FAILED, f"{site.url}/boom answered 500")
    assert {headers.get("cookie") for path, _, headers in site.seen if path == "/boom"} == {"v=canary"}


@pytest.mark.browser
async def test_a_marked_test_finds_its_base_url_without_the_password_and_is_let_in(stand: Stand):
    folder = stand.folder / "tests"
    folder.mkdir(exist_ok=True)
    (folder / "test_stage.py").write_text(SUITE)
    [spec], problems = await stand.pool.discover([folder])
    assert problems == []
    async with open_guarded_site() as site:
        result = await stand.pool.run(stand.ask(spec, base_url=site.open_url()))
    assert (result.status, result.service_version) == (RunStatus.PASSED, "1.5.0"), result.error_message


async def test_a_check_with_a_password_in_its_address_gives_it_decoded(tmp_path):
    async with open_guarded_site() as site, open_stand(tmp_path, size=0) as checks:
        known = await checks.check(site.open_url(path="/api"))
        wrong = await checks.check(site.open_url(path="/api", password="wrong-secret"))
    assert (known.status, wrong.status) == (RunStatus.PASSED, RunStatus.FAILED)
    assert "wrong-secret" not in repr(wrong)


@pytest.mark.parametrize(
    ("url", "given", "shown"),
    [
        ("https://a%20b:c%40d@shop.example/x?y#z", ("a b", "c@d"), "https://shop.example/x?y#z"),
        ("https://user@shop.example:8443", ("user", ""), "https://shop.example:8443"),
        ("http://:pw@[::1]:80/", ("", "pw"), "http://[::1]:80/"),
        ("https://shop.example/@x", None, "https://shop.example/@x"),
        ("https://[", None, "https://["),
    ],
)
async def test_user_and_password_of_an_address(url, given, shown):
    assert credentials_in(url) == given
    assert without_credentials(url) == shown
