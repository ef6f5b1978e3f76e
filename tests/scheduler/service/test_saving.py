"""A saved file takes effect while the scheduler runs; a broken save changes nothing and is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.model import IncidentState, RunStatus

pytestmark = pytest.mark.story

JOURNEY = """
from leadline import expect, journey
from words import HEADING

@journey(every="1s", budget="20s")
async def {name}(run, page):
    async with run.step("{step}"):
        await page.goto("/")
        await expect(page.get_by_role("heading")).to_have_text(HEADING)
"""


def monitors(service: Any) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in service.state().get("monitors", ())}


@pytest.fixture
def write(service: Any, site: Any) -> Callable[..., None]:
    def write(*checks: str, oncall: str = "json://127.0.0.1:9/", more: str = "") -> None:
        tables = "".join(
            f'[[check]]\nname = "{name}"\napp = "shop"\nurl = "{site.url}{name}"\nevery = "{every}"\n'
            for name, every in (check.split() for check in checks)
        )
        service.write(
            f'[[app]]\nname = "shop"\nbase_url = "{site.url}"\n{tables}\n'
            f'[notify]\ntargets = {{ oncall = "{oncall}" }}\n{more}\n'
        )

    return write


def test_a_saved_interval_a_new_check_and_a_removed_one_take_effect_without_a_restart(
    service: Any, write: Any, wait_until: Any
) -> None:
    write("front 1h", "old 1h")
    service.start_and_wait()
    wait_until(lambda: len(service.runs()) == 2)
    write("front 1s", "new 1h")
    wait_until(lambda: monitors(service).keys() == {"front", "new"})
    assert monitors(service)["front"]["every_s"] == 1
    wait_until(lambda: sum(run.name == "front" for run in service.runs()) > 3)
    wait_until(lambda: any(run.name == "new" for run in service.runs()))
    assert {run.status for run in service.runs()} == {RunStatus.PASSED}
    assert service.stop() == 0
    assert "Traceback" not in service.log


def test_what_stays_as_it_was_keeps_its_slots_and_its_running_run(
    service: Any, site: Any, write: Any, wait_until: Any
) -> None:
    write("front 1h")
    service.start_and_wait()
    wait_until(lambda: len(service.runs()) == 1)
    planned = monitors(service)["front"]["next_run_at"]
    site.flowing.clear()
    write("front 1h", "slow 1h")
    wait_until(lambda: site.asked == 2)
    write("front 1h", "slow 1h", "third 1h")
    wait_until(lambda: "third" in monitors(service))
    site.flowing.set()
    wait_until(lambda: len(service.runs()) == 3)
    assert sorted(run.name for run in service.runs()) == ["front", "slow", "third"]
    assert monitors(service)["front"]["next_run_at"] == planned


def test_a_broken_save_is_said_with_its_place_while_pages_still_go_out(
    service: Any, site: Any, write: Any, make_receiver: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    write("front 1s", oncall=oncall.target)
    service.start_and_wait()
    write("front 1s", oncall=oncall.target, more="timeot = '3s'")
    wait_until(lambda: service.state().get("problem"))
    assert (
        f"{service.folder / 'leadline.toml'}:12:1: unknown key 'timeot'; did you mean 'timeout'?"
        in (service.state()["problem"])
    )
    assert "the old settings stay in force" in service.log
    site.broken.add(None)
    wait_until(lambda: oncall.pages)
    service.write("[[app]\n")
    wait_until(lambda: "not TOML" in (service.state().get("problem") or ""))
    site.broken.clear()
    wait_until(lambda: len(oncall.pages) == 2)
    write("front 1s", oncall=oncall.target)
    wait_until(lambda: service.state().get("problem", "") is None)


def test_a_page_that_waits_for_its_target_goes_to_the_address_that_was_saved(
    service: Any, site: Any, write: Any, make_receiver: Any, wait_until: Any
) -> None:
    dead, alive = make_receiver(), make_receiver()
    dead.refuses = 1000
    site.broken.add(None)
    write("front 1s", oncall=dead.target)
    service.start_and_wait()
    wait_until(lambda: dead.tried)
    write("front 1s", oncall=alive.target)
    wait_until(lambda: alive.pages)
    # Its answer is on record a moment after it came.
    wait_until(lambda: [(str(o.transition), str(o.state)) for o in service.notifications()] == [("open", "accepted")])


def test_the_incident_of_a_removed_check_is_closed_and_its_page_says_removed(
    service: Any, site: Any, write: Any, make_receiver: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    site.broken.add(None)
    write("front 1s", oncall=oncall.target)
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    write(oncall=oncall.target)
    wait_until(lambda: len(oncall.pages) == 2)
    assert "removed while it failed" in oncall.pages[1]["title"]
    assert [one.state for one in service.records.incidents()] == [IncidentState.RESOLVED]


def test_an_incident_of_what_was_removed_while_nothing_ran_is_closed_at_the_start(
    service: Any, site: Any, write: Any, make_receiver: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    site.broken.add(None)
    write("front 1s", "other 1h", oncall=oncall.target)
    service.start_and_wait()
    wait_until(lambda: len(oncall.pages) == 2)
    assert service.stop() == 0
    write("other 1h", oncall=oncall.target)
    service.start_and_wait()
    wait_until(lambda: len(oncall.pages) == 3)
    open_now = service.records.incidents(states=[IncidentState.OPEN])
    assert [one.subject.name for one in open_now] == ["other"]


def test_what_cant_change_while_it_runs_is_said_and_the_rest_takes_effect(
    service: Any, write: Any, wait_until: Any
) -> None:
    write("front 1h")
    service.start_and_wait()
    write("front 2h", more='[home]\npath = "./elsewhere"\n[web]\nlisten = "127.0.0.1:9999"')
    wait_until(lambda: monitors(service)["front"]["every_s"] == 7200)
    said = " ".join(service.state()["warnings"])
    assert "home.path was changed while this runs: it takes effect at the next start" in said
    assert "web.listen was changed while this runs" in said
    assert not (service.folder / "elsewhere").exists()


@pytest.mark.browser
def test_a_saved_journey_file_runs_in_its_new_form_and_a_broken_one_in_its_old(
    service: Any, site: Any, make_receiver: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    folder: Path = service.folder / "journeys"
    folder.mkdir()
    (folder / "words.py").write_text('HEADING = "Shop"\n')
    (folder / "visit.py").write_text(JOURNEY.format(name="visit", step="home"))
    service.write(
        f'[[app]]\nname = "shop"\nbase_url = "{site.url}"\n[[journeys]]\npath = "./journeys"\napp = "shop"\n'
        f'[notify]\ntargets = {{ oncall = "{oncall.target}" }}\n'
    )
    service.start_and_wait()
    wait_until(lambda: steps_of_last_run(service) == ["home"])

    (folder / "visit.py").write_text(JOURNEY.format(name="visit", step="hall"))
    wait_until(lambda: steps_of_last_run(service) == ["hall"])

    (folder / "second.py").write_text(JOURNEY.format(name="second", step="second"))
    wait_until(lambda: "second" in {run.name for run in service.runs()})
    (folder / "second.py").unlink()
    wait_until(lambda: monitors(service).keys() == {"visit"})

    (folder / "visit.py").write_text("from leadline import journey\nthis is no Python\n")
    wait_until(lambda: service.state().get("problem"))
    assert f"{folder / 'visit.py'}:2:1: SyntaxError" in service.state()["problem"]
    ran = len(service.runs())
    wait_until(lambda: len(service.runs()) > ran + 1)
    ended = {(run.name, run.status, run.error_message) for run in service.runs() if run.status is not RunStatus.SKIPPED}
    assert {status for _, status, _ in ended} == {RunStatus.PASSED}, ended
    site.broken.add(None)
    wait_until(lambda: oncall.pages)
    site.broken.clear()

    (folder / "visit.py").write_text(JOURNEY.format(name="visit", step="home"))
    (folder / "words.py").write_text('HEADING = "Another"\n')
    wait_until(lambda: service.state().get("problem", "") is None)
    wait_until(lambda: any("Another" in (run.error_message or "") for run in service.runs()))


def steps_of_last_run(service: Any) -> list[str]:
    return next(([step.step for step in run.steps] for run in service.runs() if run.steps), [])
