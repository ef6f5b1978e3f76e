"""What stops a start is said at once; what is told to stop loses nothing; what is killed leaves nothing behind."""

from __future__ import annotations

import json
import time
from typing import Any

import psutil
import pytest

from leadline.model import Cause, RunStatus

pytestmark = pytest.mark.story

JOURNEY = """
import asyncio
from leadline import expect, journey

@journey(every="30s", budget="20s")
async def visit(run, page):
    async with run.step("home"):
        await page.goto("/")
        await expect(page.get_by_role("heading")).to_have_text("Shop")
"""


def _write_journey(service: Any, site: Any, text: str, *, notify: str = "") -> None:
    folder = service.folder / "journeys"
    folder.mkdir()
    (folder / "visit.py").write_text(text)
    service.write(
        f"""
[[app]]
name = "shop"
base_url = "{site.url}"
[[journeys]]
path = "./journeys"
app = "shop"
{notify}
"""
    )


def test_a_target_that_cant_be_parsed_stops_the_start(service: Any, write_check: Any) -> None:
    write_check(oncall="nonsense://", chat="json://127.0.0.1:9/")
    said = service.refuse_to_start()
    assert "target 'oncall'" in said
    assert "chat" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("from leadline import journey\nimport nothing_of_this_name\n", "nothing_of_this_name"),
        ("from leadline import journey\n", "no journey in here"),
    ],
)
def test_a_journey_that_cant_run_stops_the_start_and_leaves_nothing_running(
    service: Any, site: Any, text: str, problem: str
) -> None:
    _write_journey(service, site, text)
    said = service.refuse_to_start()
    assert problem in said
    assert "journeys" in said
    assert "Traceback" not in said
    assert service.state().get("state") != "running"


def test_a_journeys_path_that_does_not_exist_stops_the_start(service: Any, site: Any) -> None:
    service.write(f'[[app]]\nname = "shop"\nbase_url = "{site.url}"\n[[journeys]]\npath = "./nowhere"\napp = "shop"\n')
    assert "nowhere: not found" in service.refuse_to_start()


def test_a_second_scheduler_on_one_home_is_told_which_process_holds_it(service: Any, write_check: Any) -> None:
    write_check()
    service.start_and_wait()
    first = service.process
    said = service.refuse_to_start()
    assert "leadline scheduler already runs on " in said
    assert f"pid {first.pid}, since " in said
    assert first.poll() is None
    service.process = first
    assert service.stop() == 0


def test_told_to_stop_in_the_middle_of_a_run_it_ends_in_time_and_records_the_run_as_aborted(
    service: Any, site: Any, write_check: Any, wait_until: Any
) -> None:
    write_check(every="60s", timeout="50s")
    site.flowing.clear()
    service.start_and_wait()
    wait_until(lambda: site.asked)
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 10
    [run] = service.runs()
    assert (run.status, run.cause) == (RunStatus.ABORTED, Cause.SCHEDULER_STOPPED)
    assert "Traceback" not in service.log


def test_told_to_stop_it_lets_a_short_run_end(service: Any, site: Any, write_check: Any, wait_until: Any) -> None:
    write_check(every="60s")
    site.flowing.clear()
    service.start_and_wait()
    wait_until(lambda: site.asked)
    service.process.terminate()
    wait_until(lambda: service.state().get("state") == "stopping")
    site.flowing.set()
    assert service.process.wait(timeout=10) == 0
    assert [run.status for run in service.runs()] == [RunStatus.PASSED]


def test_a_stop_while_it_starts_is_exit_code_zero(service: Any, write_check: Any) -> None:
    write_check()
    process = service.start()
    while not service.state() and process.poll() is None:
        time.sleep(0.01)
    assert service.stop() == 0


def test_what_was_missed_while_it_was_down_is_one_row(
    service: Any, site: Any, write_check: Any, wait_until: Any
) -> None:
    write_check(every="1s")
    service.start_and_wait()
    wait_until(lambda: len(service.runs()) >= 2)
    service.kill()
    before = len(service.runs())
    down_since = time.monotonic()
    wait_until(lambda: time.monotonic() - down_since > 4)  # three slots and more pass
    service.start_and_wait()
    wait_until(lambda: len(service.runs()) > before + 2)
    assert service.stop() == 0
    gaps = [run for run in service.runs() if "was not running" in str(run.error_message)]
    assert [(gap.status, gap.cause) for gap in gaps] == [(RunStatus.SKIPPED, Cause.MISSED)]
    assert "slots since" in str(gaps[0].error_message)


@pytest.mark.browser
@pytest.mark.kill
def test_killed_in_the_middle_of_a_journey_it_leaves_no_browser_and_an_aborted_row(
    service: Any, site: Any, wait_until: Any
) -> None:
    _write_journey(service, site, JOURNEY)
    site.flowing.clear()
    service.start_and_wait()
    wait_until(lambda: site.asked)
    below = psutil.Process(service.process.pid).children(recursive=True)
    assert len(below) > 1
    service.kill()
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []
    site.flowing.set()
    service.start_and_wait()
    wait_until(lambda: any(run.status is RunStatus.PASSED for run in service.runs()))
    assert service.stop() == 0
    assert [(run.status, run.cause) for run in service.runs()][-1] == (RunStatus.ABORTED, Cause.SCHEDULER_STOPPED)


@pytest.mark.browser
def test_a_failing_journey_pages_with_its_screenshot_and_stops_cleanly(
    service: Any, site: Any, make_receiver: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    journey = JOURNEY.replace('"Shop"', '"Sold out", timeout=500')
    _write_journey(service, site, journey, notify=f'[notify]\ntargets = {{ oncall = "{oncall.target}" }}')
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    below = psutil.Process(service.process.pid).children(recursive=True)
    assert service.stop() == 0
    _, alive = psutil.wait_procs(below, timeout=2)
    assert alive == []
    [page] = oncall.pages
    assert "visit" in page["title"]
    assert "home" in page["title"] + page["message"]
    assert [attachment["filename"] for attachment in page["attachments"]] == ["screenshot.png"], json.dumps(page)[:500]
