"""docs/causes.md, row by row, for journeys: what a site does, and what the run says of it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, RunStatus, StepStatus

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


def step(body: str) -> str:
    return f'async with run.step("home"):\n    {body}'


# ruff: noqa: E501 - a table reads by rows
FAILED = [
    ("a hanging site", 'await page.goto("/hang")', Cause.TIMEOUT, "Timeout"),
    ("a missing element", 'await page.goto("/"); await page.get_by_label("Nope").fill("x")', Cause.TIMEOUT, "Nope"),
    ("a failed expectation", 'await page.goto("/"); await expect(page.locator("h1")).to_have_text("Bye", timeout=300)', Cause.ASSERTION, "Bye"),
    ("a failed assert", 'await page.goto("/"); assert 1 == 2, "sums differ"', Cause.ASSERTION, "sums differ"),
    ("a KPI out of bounds", 'run.kpi("total", 0, gt=0)', Cause.KPI, "total is 0, not more than 0"),
    ("a KPI that is no number", 'run.kpi("total", "7", gt=0)', Cause.JOURNEY_ERROR, "not a number"),
    ("a broken journey", 'await page.goto("/"); {}["order"]', Cause.JOURNEY_ERROR, "KeyError"),
    ("a refusing site", 'await page.goto(run_refusing)', Cause.CONNECTION_REFUSED, "ERR_CONNECTION_REFUSED"),
    ("a site without a name", 'await page.goto("http://no-such-name.invalid/")', Cause.NAME_NOT_RESOLVED, "ERR_NAME_NOT_RESOLVED"),
    ("a bad certificate", "await page.goto(run_secure)", Cause.CERTIFICATE, "ERR_CERT"),
    ("a reset connection", 'await page.goto("/reset")', Cause.CONNECTION_FAILED, "ERR_CONNECTION_RESET"),
    ("an empty answer", 'await page.goto("/empty")', Cause.CONNECTION_FAILED, "ERR_EMPTY_RESPONSE"),
    ("an answer without a page", 'await page.goto("/beacon")', Cause.JOURNEY_ERROR, "ERR_ABORTED"),
    ("redirects in circles", 'await page.goto("/circle")', Cause.STATUS_CODE, "ERR_TOO_MANY_REDIRECTS"),
    ("a 500 that nobody looks at", 'await page.goto("/status/500")', Cause.STATUS_CODE, "/status/500 answered 500"),
    ("a 404 that nobody looks at", 'await page.goto("/status/404")', Cause.STATUS_CODE, "/status/404 answered 404"),
    ("an element missing on a 503", 'await page.goto("/status/503"); await page.get_by_label("Email").fill("x")', Cause.STATUS_CODE, "answered 503; Locator.fill"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "cause", "words"), [row[1:] for row in FAILED], ids=[row[0] for row in FAILED])
async def test_what_the_site_does_wrong_is_failed(stand: Stand, body, cause, words):
    top = f'run_refusing = "{stand.site.refusing_url}"\nrun_secure = "{stand.site.secure_url}"'
    is_waited_out = cause is Cause.TIMEOUT or "get_by_label" in body
    result = await stand.run(step(body), top=top, timeout_ms=700 if is_waited_out else 10_000)
    assert (result.status, result.cause) == (RunStatus.FAILED, cause)
    assert words in result.error_message
    assert "\n" not in result.error_message
    assert result.failed_step == "home"
    assert result.steps[-1].status is StepStatus.FAILED
    assert {piece.kind for piece in result.evidence} == {"screenshot", "trace", "log", "console", "requests", "pages"}


async def test_a_site_too_slow_for_the_deadline_is_failed_before_the_worker_is_killed(stand: Stand):
    body = step('for _ in range(99): await page.goto("/slow?s=0.4")')
    stand.faults.clear()
    result = await stand.run(body, deadline_s=12.0, timeout_ms=6000)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.TIMEOUT)
    assert stand.faults == []


async def test_a_journey_that_waits_for_nothing_of_the_site_is_aborted(stand: Stand):
    result = await stand.run(step("await asyncio.sleep(3600)"), deadline_s=6.0)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.DEADLINE)
    assert result.failed_step == "home"


async def test_a_step_over_its_budget_is_degraded(stand: Stand):
    result = await stand.run('async with run.step("home", budget="1ms"):\n    await page.goto("/")')
    assert (result.status, result.cause) == (RunStatus.DEGRADED, Cause.BUDGET)
    assert result.steps[0].status is StepStatus.DEGRADED
    assert result.evidence == ()


async def test_a_journey_over_its_budget_is_degraded(stand: Stand):
    result = await stand.run(step('await page.goto("/")'), budget_ms=1.0)
    assert (result.status, result.cause) == (RunStatus.DEGRADED, Cause.BUDGET)


async def test_sys_exit_is_aborted_and_the_worker_lives(stand: Stand):
    stand.faults.clear()
    result = await stand.run(step("sys.exit(3)"))
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.WORKER_DIED)
    assert "sys.exit(3)" in result.error_message
    assert stand.faults == []


async def test_sys_exit_in_a_task_of_the_journey_is_told_with_its_line_and_the_worker_lives(stand: Stand):
    stand.faults.clear()
    body = """
    async def leave():
        sys.exit(3)
    async with run.step("home"):
        await page.goto("/")
        leaving = asyncio.create_task(leave())
        await asyncio.sleep(3600)
    """
    result = await stand.run(body)
    assert (result.status, result.cause, result.failed_step) == (RunStatus.ABORTED, Cause.WORKER_DIED, "home")
    assert re.search(r"sys\.exit\(3\) \(journeys/journey_\w+\.py:8\)$", result.error_message)
    after = await stand.run(step('await page.goto("/")'))
    assert (after.status, stand.faults) == (RunStatus.PASSED, [])


async def test_a_kept_trace_shows_each_action_and_the_page_after_it(stand: Stand):
    body = step('await page.goto("/"); await page.locator("h1").click(); assert False')
    with zipfile.ZipFile(stand.evidence_of(await stand.run(body), "trace")) as archive:
        events = [json.loads(line) for line in archive.read("trace.trace").splitlines()]
    snapshots = [one["snapshot"] for one in events if one["type"] == "frame-snapshot"]
    actions = {one["callId"]: one["method"] for one in events if one["type"] == "before"}
    shown = [(actions[one["callId"]], one["phase"]) for one in snapshots]
    assert shown == [("goto", "after"), ("click", "action"), ("click", "after")]
    assert "H1" in json.dumps(snapshots[0]["html"])


@pytest.mark.parametrize(
    ("body", "status", "cause", "words"),
    [
        ("pytest.fail('no price on it')", RunStatus.FAILED, Cause.ASSERTION, "no price on it"),
        ("pytest.skip('not today')", RunStatus.ABORTED, Cause.PROBE_FAULT, "not today"),
        ("raise GeneratorExit", RunStatus.FAILED, Cause.JOURNEY_ERROR, "GeneratorExit"),
        ("raise KeyboardInterrupt", RunStatus.ABORTED, Cause.PROBE_FAULT, "KeyboardInterrupt"),
    ],
)
async def test_what_no_except_exception_takes_is_an_outcome_and_the_worker_lives(
    stand: Stand, body, status, cause, words
):
    stand.faults.clear()
    result = await stand.run(step(body), top="import pytest")
    assert (result.status, result.cause, stand.faults) == (status, cause, [])
    assert words in result.error_message


async def test_a_task_that_a_journey_leaves_running_ends_with_its_run(stand: Stand):
    body = """
    async def stray():
        while True:
            print("STRAY")
            await asyncio.sleep(0.01)
    globals()["kept"] = asyncio.create_task(stray())
    await page.goto("/")
    assert False
    """
    log = stand.evidence_of(await stand.run(body), "log").read_text()
    assert "STRAY" in log
    assert "the journey left a task running (journeys/" in log
    after = await stand.run('await page.goto("/")\nawait asyncio.sleep(0.1)\nassert False')
    assert "STRAY" not in stand.evidence_of(after, "log").read_text()


async def test_a_missing_secret_is_aborted(stand: Stand):
    result = await stand.run(step('secret("NOT_SET_ANYWHERE")'))
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert result.error_message == "secret NOT_SET_ANYWHERE is not set"


async def test_a_file_that_no_longer_imports_is_aborted(stand: Stand):
    result = await stand.run("pass", top="import not_there_at_all")
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
    assert "not_there_at_all" in result.error_message


async def test_a_step_that_expects_a_404_passes(stand: Stand):
    result = await stand.run('async with run.step("gone", status=404):\n    await page.goto("/status/404")')
    assert result.status is RunStatus.PASSED
    assert result.status_code == 404


async def test_a_failed_step_fails_the_run_although_the_journey_swallows_its_error(stand: Stand):
    body = 'try:\n    async with run.step("home"):\n        assert False, "no"\nexcept AssertionError:\n    pass'
    result = await stand.run(body)
    assert (result.status, result.failed_step) == (RunStatus.FAILED, "home")


async def test_a_page_that_recovers_within_the_step_passes(stand: Stand):
    result = await stand.run(step('await page.goto("/status/500"); await page.goto("/")'))
    assert result.status is RunStatus.PASSED


async def test_a_script_error_on_the_page_is_in_the_log(stand: Stand):
    body = step('await page.goto("/page-of?html=<script>nope()</script>"); assert False')
    result = await stand.run(body)
    assert "nope is not defined" in stand.evidence_of(result, "log").read_text()


async def test_what_a_journey_prints_is_in_its_log_and_harms_nobody(stand: Stand):
    body = "print('to the log'); os.system('echo past the log'); sys.stdout.close(); print('still'); assert False"
    result = await stand.run(body)
    assert result.cause is Cause.ASSERTION
    log = stand.evidence_of(result, "log").read_text()
    assert "to the log" in log
    assert "still" in log


async def test_steps_and_kpis_carry_the_version_that_served_them(stand: Stand):
    body = """
    async with run.step("header"):
        await page.goto("/")
        run.kpi("total", 3.5)
    async with run.step("timing"):
        await page.goto("/timed")
    async with run.step("meta"):
        await page.goto("/meta")
    async with run.step("same page"):
        await page.title()
    """
    result = await stand.run(body)
    assert [step.service_version for step in result.steps] == ["1.5.0", "2.0.1", "3.1.4", "3.1.4"]
    assert result.kpis[0].service_version == "1.5.0"
    assert result.service_version == "3.1.4"


async def test_every_row_of_the_table_in_the_docs_is_a_cause_and_every_cause_a_row():
    page = (Path(__file__).parents[2] / "docs" / "causes.md").read_text()
    rows = [line.split("|")[1].strip().strip("`") for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(Cause)
