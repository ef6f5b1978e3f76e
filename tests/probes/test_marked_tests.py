"""Existing pytest-playwright tests, sync ones included, as monitors: `@pytest.mark.journey(every="5m")`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, Cohort, RunResult, RunStatus, StepStatus

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SUITE = """
import pytest
from playwright.sync_api import Page, expect; from leadline import step

@pytest.fixture
def word():
    return "Shop"

@pytest.mark.journey(every="5m", deadline="2m", tags=["revenue"])
def test_home(page: Page, word):
    page.goto("/")
    expect(page.locator("h1")).to_have_text(word)

@pytest.mark.journey(every="5m")
def test_error_page(page: Page, browser):
    page.goto("/")
    browser.new_page().goto(page.url + "status/500")

class TestBasket:
    @pytest.mark.journey(every="10m", name="basket", severity="warning")
    def test_title(self, page):
        page.goto("/")
        print("looking")
        expect(page.locator("h1")).to_have_text("Basket", timeout=300)

@pytest.mark.journey(every="5m")
def test_broken(page):
    {}["order"]

@pytest.mark.journey(every="5m")
def test_skipped(page):
    pytest.skip("not today")

@pytest.mark.journey(every="5m", deadline="30s")
def test_endless(page):
    page.goto("/")
    with step("sleep"):
        import time; time.sleep(600)

@pytest.mark.journey(every="5m")
@pytest.mark.browser_context_args(user_agent="Phone")
def test_of_two(page, new_context):
    page.goto("/")
    other = new_context(timezone_id="Asia/Tokyo").new_page()
    other.goto("/")
    said = "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.userAgent]"
    assert page.evaluate(said)[0] == "de-DE"
    assert other.evaluate(said)[:2] == ["de-DE", "Asia/Tokyo"]
    assert other.evaluate(said)[2].startswith("Phone ")
    expect(other.locator("h1")).to_have_text("Basket", timeout=300)

def test_for_people_only(page):
    pass

@pytest.mark.journey(every="5m", deadline="30s")
def test_hanging(page):
    page.goto("/")
    page.get_by_label("Email").fill("ann")
    with step("home"):
        page.goto("/timed")
    with step("pay"):
        page.get_by_text("Thank you for nothing").wait_for(timeout=60_000)

@pytest.mark.journey(every="5m")
def test_of_steps(page):
    with step("outer", budget="1ms"):
        with step("missing", status=404):
            page.goto("/status/404")
        page.goto("/timed")
    with step("tolerant"):
        expect.soft(page.locator("h1")).to_have_text("Basket", timeout=100)
    with step("broken"):
        page.goto("/status/500")

@pytest.mark.journey(every="5m")
def test_without_a_page(page, playwright):
    page.request.post("/order")
    requests = playwright.request.new_context(base_url=page.evaluate("'%s'" % page.context.request.get("/").url))
    assert requests.get("/stock").ok
    assert requests.get("/status/503").status == 503

@pytest.mark.journey(every="5m")
def test_of_a_browser_that_dies(page):
    import psutil
    for one in psutil.Process().children(recursive=True):
        if any("LeadlineSynthetic" in word for word in one.cmdline()):
            one.kill()
    page.goto("/")

@pytest.fixture
def basket():
    yield
    raise RuntimeError("the basket is not empty")

@pytest.mark.journey(every="5m")
def test_whose_fixture_ends_badly(page, basket):
    page.goto("/")

@pytest.mark.journey(every="5m")
@pytest.mark.parametrize("path", ["/meta", "/status/500", "/timed"])
def test_of_several(page, path):
    page.goto(path)
"""
CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def browser_context_args():
    return {"locale": "de-DE", "base_url": "http://staging.invalid"}

def pytest_configure(config):
    config.addinivalue_line("markers", "browser_context_args(**kwargs): as in pytest-playwright")
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        folder = opened.folder / "tests"
        folder.mkdir()
        (folder / "test_shop.py").write_text(SUITE)
        (folder / "conftest.py").write_text(CONFTEST)
        yield opened


async def run_one(stand: Stand, name: str, *, on_step=None, **fields) -> RunResult:
    specs, _ = await stand.pool.discover([stand.folder / "tests"])
    [spec] = [spec for spec in specs if spec.name == name]
    return await stand.pool.run(stand.ask(spec, **fields), on_step=on_step)


async def test_marked_tests_are_found_with_what_their_mark_says(stand: Stand):
    specs, problems = await stand.pool.discover([stand.folder / "tests"])
    assert problems == []
    assert [(spec.name, spec.test, spec.every_s) for spec in specs][:3] == [
        ("test_home", "test_home", 300.0),
        ("test_error_page", "test_error_page", 300.0),
        ("basket", "TestBasket::test_title", 600.0),
    ]
    assert (specs[0].tags, specs[2].severity) == (("revenue",), "warning")
    assert "test_for_people_only" not in [spec.name for spec in specs]


async def test_a_sync_test_passes_marked_in_its_cohort_and_with_its_version(stand: Stand):
    stand.site.forget()
    cohort = Cohort(name="canary", cookies={"v": "canary"}, headers={"X-Cohort": "canary"})
    result = await run_one(stand, "test_home", cohort=cohort)
    assert (result.status, result.service_version, result.cohort) == (RunStatus.PASSED, "1.5.0", "canary")
    [home] = stand.site.requests_to("/")
    assert home.headers["x-leadline-run"] == result.run_id
    assert (home.headers["x-cohort"], home.headers["cookie"]) == ("canary", "v=canary")
    assert "LeadlineSynthetic/1" in home.headers["user-agent"]


async def test_an_answer_of_500_fails_a_test_that_asserts_nothing_of_it(stand: Stand):
    result = await run_one(stand, "test_error_page")
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.STATUS_CODE)
    assert result.error_message == f"{stand.site.url}/status/500 answered 500"


async def test_a_test_that_fails_has_its_evidence(stand: Stand):
    result = await run_one(stand, "basket")
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.ASSERTION)
    assert "Basket" in result.error_message
    assert {Path(piece.path).name for piece in result.evidence} == {
        *("screenshot.png", "trace.zip", "log.txt", "console.txt", "requests.har", "pages.json")
    }
    assert "looking" in stand.evidence_of(result, "log").read_text()


async def test_an_error_of_the_test_is_told_with_its_line(stand: Stand):
    result = await run_one(stand, "test_broken")
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.JOURNEY_ERROR)
    assert "KeyError: 'order' (tests/test_shop.py:28)" in result.error_message


async def test_a_test_that_skips_says_nothing_about_the_site(stand: Stand):
    result = await run_one(stand, "test_skipped")
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert "not today" in result.error_message


async def test_tests_that_do_not_end_are_ended_with_their_steps_and_a_last_picture(stand: Stand):
    await stand.pool.grow(2)
    followed = []
    endless, hanging = await asyncio.gather(
        run_one(stand, "test_endless"), run_one(stand, "test_hanging", on_step=followed.append)
    )
    assert (endless.status, endless.cause) == (RunStatus.ABORTED, Cause.DEADLINE)
    assert endless.error_message == 'the test did not end in step "sleep" after 24 s (tests/test_shop.py:38)'
    assert [(step.step, step.status) for step in endless.steps] == [("sleep", StepStatus.ABORTED)]
    # One that waits for its page until then speaks against the site.
    assert (hanging.status, hanging.cause, hanging.failed_step) == (RunStatus.FAILED, Cause.TIMEOUT, "pay")
    assert hanging.error_message.startswith('still waiting for the page in step "pay" after 24 s (tests/test_shop.py:')
    assert [(step.step, step.status, step.service_version) for step in hanging.steps] == [
        ("home", StepStatus.PASSED, "2.0.1"),
        ("pay", StepStatus.FAILED, "2.0.1"),
    ]
    assert [type(said).__name__ for said in followed] == ["StepStarted", "StepFinished"] * 2
    for result in (endless, hanging):
        assert stand.evidence_of(result, "screenshot").stat().st_size > 1000


async def test_steps_of_a_test_are_nested_budgeted_and_judged_like_those_of_a_journey(stand: Stand):
    result = await run_one(stand, "test_of_steps")
    assert (result.status, result.cause, result.failed_step) == (RunStatus.FAILED, Cause.STATUS_CODE, "broken")
    assert [(step.step, step.status) for step in result.steps] == [
        ("outer", StepStatus.DEGRADED),
        ("missing", StepStatus.PASSED),
        ("tolerant", StepStatus.FAILED),
        ("broken", StepStatus.FAILED),
    ]
    assert result.error_message == f"{stand.site.url}/status/500 answered 500"


async def test_requests_without_a_page_are_marked_sent_to_the_cohort_and_judged(stand: Stand):
    stand.site.forget()
    cohort = Cohort(name="canary", headers={"X-Cohort": "canary"})
    result = await run_one(stand, "test_without_a_page", cohort=cohort)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.STATUS_CODE)
    assert result.error_message.endswith("/status/503 answered 503")
    for path in ("/order", "/stock"):
        [seen] = stand.site.requests_to(path)
        assert (seen.headers["x-leadline-run"], seen.headers["x-cohort"]) == (result.run_id, "canary")


async def test_a_browser_that_dies_under_a_test_blames_no_site(stand: Stand):
    result = await run_one(stand, "test_of_a_browser_that_dies")
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.BROWSER_CRASHED)


async def test_of_a_parametrised_test_all_are_run_and_the_first_that_fails_decides(stand: Stand):
    stand.site.forget()
    result = await run_one(stand, "test_of_several")
    assert (result.status, result.error_message) == (RunStatus.FAILED, f"{stand.site.url}/status/500 answered 500")
    assert stand.evidence_of(result, "screenshot").stat().st_size > 1000
    for path in ("/meta", "/status/500", "/timed"):
        [seen] = stand.site.requests_to(path)
        assert seen.headers["x-leadline-run"] == result.run_id


async def test_an_async_test_is_refused_where_it_stands(stand: Stand):
    file = stand.folder / "journeys" / "test_async.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("import pytest\n\n@pytest.mark.journey(every='5m')\nasync def test_a(page): ...\n")
    _, [problem] = await stand.pool.discover([file])
    assert "the test test_a is async" in problem.message


async def test_a_fixture_that_ends_badly_fails_its_test(stand: Stand):
    result = await run_one(stand, "test_whose_fixture_ends_badly")
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.JOURNEY_ERROR)
    assert "the basket is not empty" in result.error_message


async def test_a_mark_that_makes_no_sense_is_a_problem_with_its_place(stand: Stand):
    file = stand.folder / "journeys" / "test_wrong.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("import pytest\n\n@pytest.mark.journey(evry='5m')\ndef test_a(page): ...\n")
    _, [problem] = await stand.pool.discover([file])
    assert (problem.line, problem.column) == (3, 22)
    assert "did you mean every=?" in problem.message


async def test_contexts_are_as_the_suite_wants_them_and_all_of_them_are_marked(stand: Stand):
    stand.site.forget()
    result = await run_one(stand, "test_of_two")
    assert result.error_message is not None
    assert "Basket" in result.error_message  # it came as far as its last line
    agents = [seen.headers["user-agent"] for seen in stand.site.requests_to("/")]
    assert [seen.headers["x-leadline-run"] for seen in stand.site.requests_to("/")] == [result.run_id] * 2
    assert all(agent.startswith("Phone ") and "Leadline" in agent for agent in agents)
    kept = [piece.path.rpartition("/")[2] for piece in result.evidence]
    texts, pictures = ["console.txt", "log.txt", "pages.json", "requests.har"], ["screenshot-2.png", "screenshot.png"]
    assert sorted(kept) == sorted([*texts, *pictures, "trace-2.zip", "trace.zip"])
