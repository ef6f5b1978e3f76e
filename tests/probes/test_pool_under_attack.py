"""What costs a run its life costs nothing else: journeys that block, spin, exit; browsers and workers that die."""

from __future__ import annotations

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
import pytest_asyncio
from probes.faulty_site import open_site
from probes.pool_stand import Stand, open_stand
from probes.worker_processes import below, browsers, children, is_alive, leave_out_others, workers

from leadline.model import Cause, RunStatus, StepStatus
from leadline.model.worker_messages import StepStarted

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    leave_out_others()
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _forget_faults(stand):
    stand.faults.clear()


async def until(condition, *, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "body", ["time.sleep(60)", "while True: pass", "import re; re.match('(a+)+$', 'a' * 40 + 'b')"]
)
async def test_a_journey_that_blocks_or_spins_costs_its_own_run_only(stand: Stand, body):
    before = children()
    text = f'async with run.step("home"):\n    await page.goto("/")\nasync with run.step("stuck"):\n    {body}'
    result = await stand.run(text, deadline_s=1.5)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.DEADLINE)
    assert [(step.step, step.status) for step in result.steps] == [
        ("home", StepStatus.PASSED),
        ("stuck", StepStatus.ABORTED),
    ]
    assert (result.failed_step, result.service_version) == ("stuck", "1.5.0")
    assert len(stand.faults) == 1
    assert before
    await until(lambda: not any(is_alive(one) for one in before), within_s=2.0)
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED


@pytest.mark.parametrize("body", ["os._exit(3)", "os.closerange(3, 256)", "os.kill(os.getpid(), 11)"])
async def test_a_journey_that_ends_its_worker_costs_its_own_run_only(stand: Stand, body):
    before = children()
    result = await stand.run(f'async with run.step("home"):\n    {body}\n    await asyncio.sleep(9)', deadline_s=5)
    assert result.status is RunStatus.ABORTED
    assert result.cause in {Cause.WORKER_DIED, Cause.DEADLINE, Cause.BROWSER_CRASHED}
    assert result.failed_step == "home"
    assert before
    await until(lambda: not any(is_alive(one) for one in before), within_s=2.0)
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED


async def test_a_worker_that_became_warm_but_was_never_used_ends_with_its_pool(tmp_path):
    others = {one.pid for one in workers()}
    async with open_stand(tmp_path) as own:
        assert (await own.run("time.sleep(60)", deadline_s=1.5)).cause is Cause.DEADLINE
        (worker,) = own.pool._all
        await until(lambda: worker._warming is not None and worker._warming.done())
    assert {one.pid for one in workers()} <= others


async def test_runs_leave_no_temporary_files_and_a_worker_none_at_all(stand: Stand):
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED
    [folder] = {worker.environ()["TMPDIR"] for worker in workers() if "leadline_probes.worker" in worker.cmdline()}
    assert (await stand.run("assert False")).status is RunStatus.FAILED
    written = [one for one in pathlib.Path(folder).rglob("*") if one.is_file() and "chromium" not in str(one)]
    assert [one.name for one in written] == [".lock"]
    for worker in workers():
        worker.kill()
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED
    await until(lambda: not pathlib.Path(folder).exists(), within_s=30.0)


async def test_a_browser_that_is_killed_is_replaced_and_the_run_tried_again(stand: Stand):
    killed = []

    def kill_browser_once(said) -> None:
        if isinstance(said, StepStarted) and not killed:
            killed.extend(one.pid for one in browsers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    body = 'async with run.step("home"):\n    await page.goto("/slow?s=0.3")'
    result = await stand.run(body, on_step=kill_browser_once)
    assert killed
    assert result.status is RunStatus.PASSED
    assert len(stand.faults) == 1


async def test_a_browser_that_is_killed_twice_is_aborted(stand: Stand):
    def kill_browser(said) -> None:
        if isinstance(said, StepStarted):
            for one in browsers():
                os.kill(one.pid, signal.SIGKILL)

    body = 'async with run.step("home"):\n    await page.goto("/slow?s=0.3")'
    result = await stand.run(body, on_step=kill_browser)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.BROWSER_CRASHED)
    assert len(stand.faults) == 2
    assert (await stand.run('await page.goto("/")')).status is RunStatus.PASSED


async def test_a_page_that_crashes_is_no_failure_of_the_site(stand: Stand):
    body = """
    async with run.step("home"):
        session = await page.context.new_cdp_session(page)
        crash = asyncio.ensure_future(session.send("Page.crash"))
        await asyncio.wait({crash})
    """
    result = await stand.run(body)
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.BROWSER_CRASHED)


async def test_a_browser_that_stops_answering_is_no_failure_of_the_site(stand: Stand):
    stopped = []

    def stop_browser_once(said) -> None:
        if isinstance(said, StepStarted) and not stopped:
            stopped.extend(browsers())
            for one in stopped:
                one.suspend()

    body = 'async with run.step("home"):\n    await page.goto("/")'
    result = await stand.run(body, on_step=stop_browser_once, timeout_ms=2000)
    assert stopped
    assert result.status is RunStatus.PASSED, result
    assert not any(is_alive(one) for one in stopped)


async def test_a_worker_that_is_killed_is_replaced_and_the_run_tried_again(stand: Stand):
    killed = []

    def kill_worker_once(said) -> None:
        if isinstance(said, StepStarted) and not killed:
            killed.extend(one for one in psutil.Process().children() if "leadline_probes.worker" in one.cmdline())
            for one in killed:
                one.kill()

    result = await stand.run('async with run.step("home"):\n    await page.goto("/")', on_step=kill_worker_once)
    assert len(killed) == 1
    assert result.status is RunStatus.PASSED


async def test_closing_the_pool_in_the_middle_of_a_run_gives_a_result_and_leaves_no_process(tmp_path):
    # The other pool's worker may just be starting its browser.
    others = {one.pid for one in workers()}
    started = asyncio.Event()
    async with open_stand(tmp_path) as own:
        body = 'async with run.step("home"):\n    await asyncio.sleep(60)'
        running = asyncio.create_task(own.run(body, on_step=lambda said: started.set()))
        await started.wait()
        mine = [one for worker in workers() if worker.pid not in others for one in (worker, *below(worker))]
        assert len(mine) > 1
        await own.pool.close(grace_s=0.1)
        result = await running
    assert (result.status, result.cause) == (RunStatus.ABORTED, Cause.SCHEDULER_STOPPED)
    # A browser whose worker was killed goes on its own: it sees the pipe to the worker close.
    _, left = await asyncio.to_thread(psutil.wait_procs, mine, timeout=10)
    assert [one for one in left if is_alive(one)] == []
    assert {one.pid for one in workers()} <= others


@pytest.mark.kill
async def test_when_the_parent_is_killed_its_workers_and_browsers_are_gone_within_two_seconds(tmp_path):
    (tmp_path / "spin.py").write_text(
        'from leadline import journey\n@journey(every="1m")\nasync def spin(run, page):\n'
        '    async with run.step("stuck"):\n        while True: pass\n'
    )
    program = f"""
        import asyncio
        from pathlib import Path
        from leadline.model import JourneySpec
        from leadline.model.worker_messages import RunAsked
        from leadline.workers import WorkerPool
        async def main():
            folder = Path({str(tmp_path)!r})
            pool = WorkerPool(size=1, import_folder=folder, evidence_folder=folder / "e")
            await pool.start()
            spec = JourneySpec(name="spin", path=str(folder / "spin.py"), every_s=60.0)
            asked = RunAsked(request_id="", run_id="R", journey=spec, app="a", base_url=None,
                             import_folder=str(folder), evidence_folder=str(folder / "e"))
            await pool.run(asked, on_step=lambda said: print("spinning", flush=True))
        asyncio.run(main())
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        assert await asyncio.to_thread(parent.stdout.readline) == "spinning\n"
        under_it = psutil.Process(parent.pid).children(recursive=True)
        assert len(under_it) > 3
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    await until(lambda: not any(is_alive(one) for one in under_it), within_s=2)


async def test_a_pool_without_a_browser_says_so_once_and_leaves_nothing(tmp_path, monkeypatch):
    from leadline.errors import BrowserMissing

    # The other pool's worker may just be starting its browser.
    others = {one.pid for one in workers()}
    monkeypatch.setenv("LEADLINE_CHROMIUM", str(tmp_path / "no-chromium"))
    with pytest.raises(BrowserMissing) as missing:
        async with open_stand(tmp_path, size=2):
            pass
    assert "no-chromium is not an executable file" in missing.value.message
    assert "apt install chromium-headless-shell" in missing.value.hint
    assert {one.pid for one in workers()} <= others


async def test_on_start_is_awaited_before_the_run_begins(stand: Stand):
    stand.site.forget()
    spec = stand.write('await page.goto("/")')

    async def started(at) -> None:
        assert at.tzinfo is not None
        assert stand.site.seen == []
        assert stand.pool.busy == 1

    result = await stand.pool.run(stand.ask(spec), on_start=started)
    assert result.status is RunStatus.PASSED
    assert stand.pool.busy == 0


async def test_an_edited_journey_is_read_again(stand: Stand):
    spec = stand.write('assert False, "first"', name="edited")
    assert (await stand.pool.run(stand.ask(spec))).error_message == "first"
    spec = stand.write('assert False, "second, longer"', name="edited")
    assert (await stand.pool.run(stand.ask(spec))).error_message == "second, longer"


async def test_runs_share_nothing(stand: Stand):
    first = 'await page.goto("/"); await page.evaluate("localStorage.x = 1; document.cookie = \'y=1\'")'
    second = 'await page.goto("/"); assert await page.evaluate("localStorage.x ?? document.cookie") == ""'
    assert (await stand.run(first)).status is RunStatus.PASSED
    assert (await stand.run(second)).status is RunStatus.PASSED


async def test_two_workers_run_two_journeys_at_once(tmp_path):
    async with open_stand(tmp_path, size=2) as own, open_site():
        body = 'await page.goto("/slow?s=1")'
        both = await asyncio.gather(own.run(body), own.run(body))
    assert both[1].started_at < both[0].finished_at
    assert both[0].started_at < both[1].finished_at
