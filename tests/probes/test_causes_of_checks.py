"""docs/causes.md for HTTP checks, made by the real check worker against a site that fails to order."""

from __future__ import annotations

import asyncio

import psutil
import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, Cohort, RunStatus

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand"), size=0) as opened:
        yield opened


FAILED = [
    ("a hanging site", "{url}/hang", Cause.TIMEOUT, "no answer within 0.5 s"),
    ("a trickling body", "{url}/slow?s=9", Cause.TIMEOUT, "no answer within 0.5 s"),
    ("a refusing site", "{refusing}/", Cause.CONNECTION_REFUSED, "refused the connection"),
    ("a site without a name", "http://no-such-name.invalid/", Cause.NAME_NOT_RESOLVED, "no-such-name.invalid"),
    ("a bad certificate", "{secure}/", Cause.CERTIFICATE, "self-signed certificate"),
    ("plain HTTP where TLS is expected", "https://127.0.0.1:{port}/", Cause.CERTIFICATE, "TLS failed"),
    ("a reset connection", "{url}/reset", Cause.CONNECTION_FAILED, "connection"),
    ("an empty answer", "{url}/empty", Cause.CONNECTION_FAILED, "without an answer"),
    ("a 500", "{url}/status/500", Cause.STATUS_CODE, "answered 500, expected 200"),
    ("redirects in circles", "{url}/circle", Cause.STATUS_CODE, "more than 20 redirects"),
]


@pytest.mark.parametrize(("url", "cause", "words"), [row[1:] for row in FAILED], ids=[row[0] for row in FAILED])
async def test_what_the_site_does_wrong_is_failed(stand: Stand, url, cause, words):
    site = stand.site
    url = url.format(url=site.url, refusing=site.refusing_url, secure=site.secure_url, port=site.port)
    result = await stand.check(url, timeout_ms=500)
    assert (result.status, result.cause) == (RunStatus.FAILED, cause)
    assert words in result.error_message


async def test_an_expected_answer_passes_and_names_the_version(stand: Stand):
    result = await stand.check(f"{stand.site.url}/")
    assert (result.status, result.status_code, result.service_version) == (RunStatus.PASSED, 200, "1.5.0")
    assert result.monitor == "check"


async def test_any_of_the_expected_statuses_passes(stand: Stand):
    result = await stand.check(f"{stand.site.url}/status/204", expect_status=(200, 204))
    assert result.status is RunStatus.PASSED


async def test_redirects_are_followed_and_the_last_status_counts(stand: Stand):
    result = await stand.check(f"{stand.site.url}/moved")
    assert (result.status, result.status_code) == (RunStatus.PASSED, 200)


async def test_a_redirect_that_is_expected_is_not_followed(stand: Stand):
    result = await stand.check(f"{stand.site.url}/moved", expect_status=(302,))
    assert (result.status, result.status_code) == (RunStatus.PASSED, 302)


async def test_slower_than_its_budget_is_degraded(stand: Stand):
    result = await stand.check(f"{stand.site.url}/slow?s=0.05", budget_ms=1.0)
    assert (result.status, result.cause) == (RunStatus.DEGRADED, Cause.BUDGET)


async def test_a_large_body_is_not_read_to_its_end(stand: Stand):
    assert (await stand.check(f"{stand.site.url}/big")).status is RunStatus.PASSED


async def test_an_address_that_is_none_is_our_fault(stand: Stand):
    result = await stand.check("http://:80/")
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)


async def test_marks_headers_and_cohort_go_to_the_app_and_not_to_where_it_redirects(stand: Stand):
    stand.site.forget()
    cohort = Cohort(name="canary", cookies={"v": "canary"}, headers={"X-Cohort": "canary"})
    result = await stand.check(
        f"{stand.site.url}/to-third", cohort=cohort, headers={"Authorization": "Bearer t", "Cookie": "a=b"}
    )
    assert (result.status, result.cohort) == (RunStatus.PASSED, "canary")
    own, third = stand.site.seen[0].headers, stand.site.third_seen[0].headers
    assert own["x-leadline-run"] == result.run_id
    assert own["traceparent"].split("-")[1] == result.trace_id
    assert (own["cookie"], own["x-cohort"], own["authorization"]) == ("a=b; v=canary", "canary", "Bearer t")
    assert "LeadlineSynthetic/1" in own["user-agent"]
    assert not {"x-leadline-run", "traceparent", "baggage", "cookie", "x-cohort", "authorization"} & set(third)


async def test_many_checks_run_at_once(stand: Stand):
    checks = [stand.check(f"{stand.site.url}/slow?s=0.5") for _ in range(50)]
    results = await asyncio.gather(*checks)
    assert {result.status for result in results} == {RunStatus.PASSED}
    assert max(result.started_at for result in results) < min(result.finished_at for result in results)


async def test_a_check_worker_that_is_killed_is_replaced_and_its_checks_made_again(stand: Stand):
    stand.faults.clear()
    under_way = [asyncio.create_task(stand.check(f"{stand.site.url}/slow?s=0.5")) for _ in range(3)]
    stand.site.forget()
    while len(stand.site.seen) < 3:
        await asyncio.sleep(0.01)
    for one in psutil.Process().children():
        if "leadline_probes.checks" in one.cmdline():
            one.kill()
    results = await asyncio.gather(*under_way)
    assert {result.status for result in results} == {RunStatus.PASSED}
    assert stand.faults == [
        "checks: the worker process was killed by SIGKILL, most often the kernel's because memory ran out"
    ]


async def test_checks_of_a_closed_pool_are_aborted(tmp_path):
    async with open_stand(tmp_path, size=0) as own:
        under_way = asyncio.create_task(own.check(f"{own.site.url}/hang"))
        while not own.site.seen:
            await asyncio.sleep(0.01)
        await own.pool.close(grace_s=0)
        result = await under_way
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.SCHEDULER_STOPPED)
