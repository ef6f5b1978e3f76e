"""Break, page, refuse, kill, heal: a whole scheduler against real sockets, with checks instead of a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from leadline.model import NotificationState, RunStatus, TransitionKind

pytestmark = pytest.mark.story


def test_a_broken_site_pages_once_though_the_target_refuses_and_heals_with_one_resolve(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    oncall.refuses = 3
    write_check(oncall=oncall.target)
    site.broken.add(None)
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    site.broken.clear()
    wait_until(lambda: len(oncall.pages) == 2)
    assert service.stop() == 0
    assert oncall.titles()[0].startswith("DOWN")
    assert oncall.titles()[1].startswith("UP")
    assert oncall.tried == 5
    assert len(set(oncall.keys)) == 2
    attempts = {row.transition: (row.state, row.attempts) for row in service.notifications()}
    assert attempts == {
        TransitionKind.OPEN: (NotificationState.ACCEPTED, 4),
        TransitionKind.RESOLVE: (NotificationState.ACCEPTED, 1),
    }


def test_a_test_page_is_asked_for_by_command_sent_by_the_scheduler_and_kept(
    service: Any, make_receiver: Any, write_check: Any
) -> None:
    oncall = make_receiver()
    oncall.refuses = 1
    write_check(oncall=oncall.target)
    service.start_and_wait()
    command = [sys.executable, "-m", "leadline", "test-page", "-c", str(service.folder / "leadline.toml")]
    said = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False, timeout=120)
    assert said.returncode == 0, said.stderr
    [row] = json.loads(said.stdout)
    assert (row["target"], row["state"], row["attempts"]) == ("oncall", "accepted", 2)
    assert oncall.titles() == ["TEST Leadline · nothing is broken"]
    assert [one.transition for one in service.notifications()] == [TransitionKind.TEST]
    assert service.stop() == 0
    nobody = subprocess.run([*command, "nobody"], capture_output=True, text=True, check=False, timeout=120)
    assert nobody.returncode == 2
    assert "oncall" in nobody.stderr


def test_a_target_that_hangs_delays_no_other(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall, dead = make_receiver(), make_receiver()
    dead.flowing.clear()
    write_check(dead=dead.target, oncall=oncall.target)
    site.broken.add(None)
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    site.broken.clear()
    wait_until(lambda: len(oncall.pages) == 2)
    assert dead.pages == []
    assert service.stop() == 0


def test_two_cohorts_of_which_one_fails_are_one_incident_that_names_it(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    cohorts = 'cohorts = { baseline = { headers = { X-Ring = "old" } }, canary = { headers = { X-Ring = "new" } } }'
    write_check(oncall=oncall.target, cohorts=cohorts)
    site.broken.add("new")
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    passed = len([run for run in service.runs() if run.cohort == "baseline" and run.status is RunStatus.PASSED])
    wait_until(lambda: len([r for r in service.runs() if r.cohort == "baseline"]) > passed + 1)
    site.broken.clear()
    wait_until(lambda: len(oncall.pages) == 2)
    assert service.stop() == 0
    assert "canary" in oncall.pages[0]["title"] + oncall.pages[0]["message"]
    assert "baseline" not in oncall.pages[0]["message"]
    failed = [run for run in service.runs() if run.status is RunStatus.FAILED]
    assert {run.cohort for run in failed} == {"canary"}
    assert failed[-2].confirms_run_id == failed[-1].run_id


def test_a_page_that_was_underway_at_kill_9_arrives_after_the_restart_with_the_same_key(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    oncall.flowing.clear()  # takes the page and does not answer
    write_check(oncall=oncall.target)
    site.broken.add(None)
    service.start_and_wait()
    wait_until(lambda: oncall.tried)
    service.kill()
    oncall.flowing.set()
    wait_until(lambda: oncall.pages)  # what the killed scheduler had sent
    service.start_and_wait()
    wait_until(lambda: service.notifications()[0].state is NotificationState.ACCEPTED)
    assert service.stop() == 0
    assert len(set(oncall.keys)) == 1
    [row] = service.notifications()
    assert row.is_maybe_duplicate


def test_an_incident_that_ends_while_the_scheduler_is_dead_is_resolved_after_the_restart(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall = make_receiver()
    write_check(oncall=oncall.target)
    site.broken.add(None)
    service.start_and_wait()
    wait_until(lambda: oncall.pages)
    wait_until(lambda: service.notifications()[0].state is NotificationState.ACCEPTED)
    service.kill()
    site.broken.clear()
    service.start_and_wait()
    wait_until(lambda: len(oncall.pages) == 2)
    assert service.stop() == 0
    assert len(oncall.pages) == 2


@pytest.mark.parametrize("round_number", range(3))
def test_killed_at_any_moment_every_target_hears_of_the_break(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any, round_number: int
) -> None:
    """The kill comes after one, two or three requests to the site: before, around and after the commit."""
    oncall, chat = make_receiver(), make_receiver()
    write_check(oncall=oncall.target, chat=chat.target)
    site.broken.add(None)
    service.start()
    wait_until(lambda: site.asked >= 1 + round_number)
    service.kill()
    service.start_and_wait()
    wait_until(lambda: oncall.pages and chat.pages)
    wait_until(lambda: {row.state for row in service.notifications()} == {NotificationState.ACCEPTED})
    assert service.stop() == 0
    for receiver in (oncall, chat):
        assert len(set(receiver.keys)) == 1
    twice = [r for r in (oncall, chat) if len(r.pages) > 1]
    assert len(twice) <= sum(row.is_maybe_duplicate for row in service.notifications())


def test_the_fallback_is_told_which_target_is_dead(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    oncall, chat = make_receiver(), make_receiver()
    chat.refuses = 10_000
    write_check(
        oncall=oncall.target,
        chat=chat.target,
        notify='fallback = "oncall"\n[[route]]\ntargets = ["chat"]',
    )
    site.broken.add(None)
    service.start_and_wait()
    wait_until(lambda: oncall.pages, within_s=60)
    assert service.stop() == 0
    assert oncall.titles()[0].startswith("DOWN (chat is dead) shop front")
    assert "has refused this page 5 times" in oncall.pages[0]["message"]


def test_the_dead_mans_switch_is_called_while_all_is_well(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    switch = make_receiver()
    switch.refuses = 10_000  # it is no target: what counts is that it was called
    write_check(notify=f'heartbeat_url = "http://{switch.endpoint.address}/beat"\nheartbeat_every = "1s"')
    service.start_and_wait()
    wait_until(lambda: switch.tried >= 2)
    wait_until(lambda: service.state()["heartbeat"]["failures"] >= 2)
    assert service.state()["heartbeat"]["withheld"] is None
    assert service.stop() == 0


def test_the_scheduler_says_what_it_runs_and_when_next(
    service: Any, site: Any, make_receiver: Any, write_check: Any, wait_until: Any
) -> None:
    write_check(every="30s")
    service.start_and_wait()
    wait_until(lambda: service.state()["monitors"][0]["last_status"] == "passed")
    state = service.state()
    assert state["pid"] == service.process.pid != os.getpid()
    assert state["monitors"][0]["name"] == "front"
    assert state["monitors"][0]["next_run_at"] > state["last_tick_at"][:10]
    assert state["warnings"] == ["[notify] has no target: incidents are recorded, but nobody is paged"]
    assert service.stop() == 0
    assert service.state() == {}
