"""Processes that race for the outbox, and processes that are killed at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.incidents import MonitorMemory, judge_run
from leadline.incidents.run_findings import FailedRun, remember_failure
from leadline.model import IncidentState, NotificationState, RunResult, RunStatus, TransitionKind
from leadline.records import Records

Told = Any
PROGRAM = Path(__file__).with_name("paging_process.py")
RUNS, KILLS = 100, 10


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read_sink(path: Path) -> Counter[tuple[str, str]]:
    """How often each message arrived, with whether it was combined."""
    lines = [line.rsplit(" ", 1) for line in path.read_text().splitlines()]
    return Counter((key, how) for key, how in lines)


@pytest.mark.kill
def test_processes_that_race_for_the_outbox_send_each_row_once(told: Told, tmp_path: Path) -> None:
    told.targets = [f"target-{number}" for number in range(40)]
    for name in ("a", "b", "c"):
        told.commit("failed", name=name)
    told.records.close()
    sink = tmp_path / "sink"
    racers = [start(told.path, sink, "claim") for _ in range(3)]
    for racer in racers:
        racer.communicate(timeout=120)
        assert racer.returncode == 0
    arrived = read_sink(sink)
    assert len(arrived) == 120
    assert set(arrived.values()) == {1}
    told.records = Records.open(told.path)
    assert {row.state for row in told.records.notifications()} == {NotificationState.ACCEPTED}


@pytest.mark.kill
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_no_page_is_lost_and_only_a_marked_one_comes_twice(
    told: Told, tmp_path: Path, seed: int, load_sequence: Callable[[int, int], list[RunResult]]
) -> None:
    told.records.close()
    sink = tmp_path / "sink"
    chance = random.Random(seed)
    for life in range(KILLS):
        # Each life is a lease later than the one before, so that what that one held is free again.
        process = start(told.path, sink, seed, RUNS, life * 31)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0.0, 0.25))  # the moment of the kill, not a wait for something
        process.kill()
        process.communicate()
    final = start(told.path, sink, seed, RUNS, KILLS * 31)
    assert "done" in final.communicate(timeout=120)[0]

    told.records = Records.open(told.path)
    sequence = load_sequence(seed, RUNS)
    assert sorted(run.run_id for run in told.records.runs(limit=RUNS + 1)) == [run.run_id for run in sequence]
    expected = replay(sequence)
    incidents = told.records.incidents(limit=1000)
    assert [one.state for one in reversed(incidents)] == expected
    arrived = read_sink(sink)
    by_message = {row.idempotency_key: row for row in told.records.notifications()}
    for incident in incidents:
        transitions = ["open", "resolve"] if incident.state is IncidentState.RESOLVED else ["open"]
        for target in ("oncall", "chat"):
            for transition in transitions:
                row = by_message.pop(f"{incident.incident_id}/{transition}/{target}")
                assert row.state is NotificationState.ACCEPTED
                times = arrived[row.idempotency_key, "alone"] + arrived[row.idempotency_key, "combined"]
                assert times <= 1 or row.is_maybe_duplicate
                if row.combined_into is None:
                    assert times >= 1
    # What is left are changes: told by a message of their own, or by the one that they were combined into.
    for key, row in by_message.items():
        assert (row.transition, row.state) == (TransitionKind.CHANGE, NotificationState.ACCEPTED)
        times = arrived[key, "alone"] + arrived[key, "combined"]
        assert times <= 1 or row.is_maybe_duplicate
        assert times >= 1 or row.combined_into is not None


def replay(sequence: list[RunResult]) -> list[IncidentState]:
    """The incidents that an uninterrupted judge makes of the sequence."""
    states: list[IncidentState] = []
    incident = None
    failures: dict[str | None, tuple[FailedRun, ...]] = {}
    for result in sequence:
        chain = failures.get(result.cohort, ())
        judgement = judge_run(
            MonitorMemory(incident, chain),
            result,
            confirm=2,
            severity="critical",
            now=result.finished_at,
            new_incident_id=str(len(states)),
        )
        if result.status is RunStatus.FAILED:
            failures[result.cohort] = (*chain, remember_failure(result))
        elif result.status in (RunStatus.PASSED, RunStatus.DEGRADED):
            failures[result.cohort] = ()
        incident = judgement.incident
        if judgement.transition is TransitionKind.OPEN:
            states.append(IncidentState.OPEN)
        elif judgement.transition is TransitionKind.RESOLVE:
            states[-1], incident = IncidentState.RESOLVED, None
    return states
