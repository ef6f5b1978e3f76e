"""What dies, stops or is held up on our side is never the site's failure; what a journey does wrong has its line."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import time

import psutil
import pytest
import pytest_asyncio
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, RunStatus
from leadline.model.worker_messages import StepStarted
from leadline_probes.run_log import MOST_CHARACTERS, MOST_CHARACTERS_OF_OURS, RunLog

pytestmark = [pytest.mark.browser, pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]

BUSY = """
for number in range(6):
    async with run.step(f"step {number}"):
        await page.goto("/slow?s=0.1")
        await expect(page.locator("h1")).to_have_text("Shop", timeout=3000)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


def processes(*words: str, without: str = "\0") -> list[psutil.Process]:
    """Those below this process whose command line has all the words."""
    found = []
    for one in psutil.Process().children(recursive=True):
        try:
            line = " ".join(one.cmdline())
        except psutil.NoSuchProcess:
            continue
        if all(word in line for word in words) and without not in line:
            found.append(one)
    return found


PARTS = {
    "renderer": lambda: processes("--type=renderer"),
    "network": lambda: processes("network.mojom.NetworkService"),
    "gpu": lambda: processes("--type=gpu-process"),
    "browser": lambda: processes("--user-data-dir", without="--type="),
    "driver": lambda: processes("run-driver"),
    "worker": lambda: processes("leadline_probes.worker"),
}


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_that_is_killed_in_every_step_is_never_the_sites_failure(stand: Stand, part):
    killed: list[psutil.Process] = []

    def kill(said) -> None:
        if isinstance(said, StepStarted):
            for one in PARTS[part]():
                one.kill()
                killed.append(one)

    result = await stand.run(BUSY, on_step=kill)
    assert killed
    assert result.status in (RunStatus.ABORTED, RunStatus.PASSED), (result.cause, result.error_message)
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED


async def test_many_kills_at_random_moments_report_no_outage_and_lose_no_run(stand: Stand):
    chance = random.Random(13)
    outcomes = []
    for _ in range(6):
        under_way = asyncio.create_task(stand.run(BUSY))
        await asyncio.sleep(chance.uniform(0.05, 1.2))
        for one in PARTS[chance.choice(list(PARTS))]():
            one.kill()
        outcomes.append((await under_way).status)
    assert set(outcomes) <= {RunStatus.PASSED, RunStatus.ABORTED}


async def test_a_driver_that_died_between_two_runs_costs_neither(stand: Stand):
    for one in PARTS["driver"]():
        one.kill()
    for _ in range(2):
        result = await stand.run('await page.goto("/")')
        assert result.status is RunStatus.PASSED, result.error_message


@pytest.mark.parametrize("part", ["renderer", "browser", "driver", "worker"])
async def test_a_part_that_was_stopped_for_a_while_does_not_make_a_timeout_of_the_sites(stand: Stand, part):
    stopped: list[psutil.Process] = []

    def stop(said) -> None:
        if isinstance(said, StepStarted) and said.step == "step 2" and not stopped:
            stopped.extend(PARTS[part]())
            for one in stopped:
                one.send_signal(signal.SIGSTOP)

    under_way = asyncio.create_task(stand.run(BUSY, on_step=stop, timeout_ms=1500, deadline_s=60))
    while not stopped:
        await asyncio.sleep(0.01)
    over_s = time.monotonic() + 5
    while time.monotonic() < over_s and not under_way.done():
        await asyncio.sleep(0.05)
    for one in stopped:
        if one.is_running():
            one.send_signal(signal.SIGCONT)
    result = await under_way
    assert result.status in (RunStatus.ABORTED, RunStatus.PASSED), (result.cause, result.error_message)


async def test_a_browser_that_stays_stopped_before_a_run_is_replaced_before_its_deadline(stand: Stand):
    for one in PARTS["browser"]():
        one.send_signal(signal.SIGSTOP)
    result = await stand.run('await page.goto("/")', deadline_s=20.0)
    assert (result.status, result.cause) in ((RunStatus.PASSED, None), (RunStatus.ABORTED, Cause.BROWSER_CRASHED))
    assert stand.faults == [] or "deadline" not in stand.faults[-1]


async def test_a_worker_that_stays_stopped_is_replaced_long_before_its_deadline(stand: Stand):
    def stop(said) -> None:
        if isinstance(said, StepStarted):
            for one in PARTS["worker"]():
                one.send_signal(signal.SIGSTOP)

    result = await stand.run(BUSY, on_step=stop, deadline_s=600)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.WORKER_DIED)
    assert "stopped or hung" in result.error_message


PLACED = {
    "an error of its own": ('{}["order"]', RunStatus.FAILED, Cause.JOURNEY_ERROR, "KeyError: 'order'"),
    "an exit": ("sys.exit(3)", RunStatus.ABORTED, Cause.WORKER_DIED, "sys.exit(3)"),
    "a wait for nothing": ("await asyncio.sleep(3600)", RunStatus.ABORTED, Cause.DEADLINE, "did not end"),
    "an endless loop": ("while True: pass", RunStatus.ABORTED, Cause.DEADLINE, "its deadline of 6 s: "),
    "a blocked loop": ("time.sleep(3600)", RunStatus.ABORTED, Cause.DEADLINE, "its deadline of 6 s: "),
}


@pytest.mark.parametrize(("body", "status", "cause", "words"), PLACED.values(), ids=PLACED.keys())
async def test_what_a_journey_does_wrong_is_told_with_its_line(stand: Stand, body, status, cause, words):
    result = await stand.run(f'async with run.step("home"):\n    {body}', deadline_s=6.0)
    assert (result.status, result.cause, result.failed_step) == (status, cause, "home")
    assert words in result.error_message
    assert re.search(r"journeys/journey_\w+\.py:7\b", result.error_message)


async def test_a_journey_that_blocks_has_its_last_picture(stand: Stand):
    body = """
    await page.goto("/")
    async with run.step("home"):
        try:
            time.sleep(3600)
        except Exception:
            pass
    """
    result = await stand.run(body, deadline_s=20.0)
    assert (result.status, result.cause, result.failed_step) == (RunStatus.ABORTED, Cause.DEADLINE, "home")
    assert "stopped before its deadline of 20 s: journeys/" in result.error_message
    assert {"screenshot", "trace", "log"} <= {piece.kind for piece in result.evidence}
    assert "time.sleep(3600)" in stand.evidence_of(result, "log").read_text()


async def test_a_context_that_a_journey_leaves_open_is_closed_and_told(stand: Stand):
    result = await stand.run('other = await page.context.browser.new_context(); await other.new_page(); assert 0, "no"')
    assert result.cause is Cause.ASSERTION
    assert "left its own browser context open" in stand.evidence_of(result, "log").read_text()


async def test_a_page_that_throws_all_the_time_fills_no_log(stand: Stand):
    script = "const t='x'.repeat(2000); setInterval(() => { throw new Error(t + Math.random()) }, 0)"
    body = f"""
    await page.goto("/")
    await page.evaluate("() => {{ {script} }}")
    await page.wait_for_timeout(3000)
    assert False, "gone"
    """
    result = await stand.run(body, deadline_s=60)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.ASSERTION)
    log = stand.evidence_of(result, "log")
    assert log.stat().st_size <= MOST_CHARACTERS + MOST_CHARACTERS_OF_OURS
    assert re.search(r"the log is full; left out: [\d,]+ × page error", log.read_text())


async def test_a_log_keeps_its_beginning_and_counts_the_rest():
    log = RunLog()
    for number in range(100_000):
        print("line", number, file=log)
    log.note("ours")
    text = log.text()
    assert text.startswith("line 0\nline 1\n")
    assert "\nours\n" in text
    assert len(text) < MOST_CHARACTERS + 1000
    assert re.search(r"left out: \d\d,\d{3} × line of the journey", text)
