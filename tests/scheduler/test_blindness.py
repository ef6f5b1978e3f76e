"""Each monitor that nobody can see has an incident of its own, for the operator alone, until a run judges it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leadline import clock
from leadline.errors import RecordsUnavailable
from leadline.incidents import RouteRule, Routing
from leadline.model import Cause, Incident, IncidentState, RunResult, RunStatus
from leadline.records import Records
from leadline_scheduler.blindness import BlindnessWatch
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.state import Overview

ROUTING = Routing(targets=("oncall", "ops"), routes=(RouteRule(targets=("oncall",)),), operator="ops")
Watch = Callable[..., BlindnessWatch]


@pytest.fixture
def overview() -> Overview:
    return Overview()


@pytest.fixture
def make_watch(records: Records, thread: Any, overview: Overview) -> Watch:
    def make() -> BlindnessWatch:
        return BlindnessWatch(
            desk=IncidentDesk(records=records, thread=thread, routing=ROUTING, on_transition=lambda: None),
            overview=overview,
            wall=clock.now,
        )

    return make


def end_run(overview: Overview, monitor: Any, status: RunStatus, *, message: str | None = None) -> None:
    now = clock.now()
    result = RunResult(
        run_id=clock.new_id(),
        monitor=monitor.kind,
        name=monitor.name,
        app=monitor.app,
        cohort=monitor.cohort.name,
        status=status,
        cause=Cause.PROBE_FAULT if status is RunStatus.ABORTED else None,
        error_message=message,
        started_at=now,
        finished_at=now,
        duration_ms=0,
    )
    overview.note(monitor, result, monotonic_s=clock.monotonic_s())


def add(overview: Overview, monitor: Any, *, seen_ago_s: float = 0.0) -> Any:
    overview.add(monitor, monotonic_s=clock.monotonic_s() - seen_ago_s, now=clock.now())
    return monitor


def blind(records: Records) -> list[Incident]:
    return [one for one in records.incidents() if one.kind == "blindness"]


async def test_a_monitor_whose_last_runs_were_aborted_pages_the_operator_alone(
    make_watch: Watch, overview: Overview, check_monitor: Any, records: Records
) -> None:
    monitor, watch = add(overview, check_monitor()), make_watch()
    for _ in range(2):
        end_run(overview, monitor, RunStatus.ABORTED, message="ROOMS_PASSWORD is not set")
    await watch.look()
    await watch.look()
    [incident] = blind(records)
    assert (incident.state, incident.subject.name) == (IncidentState.UNKNOWN, monitor.name)
    assert "ROOMS_PASSWORD is not set" in str(incident.findings[0].error_message)
    assert [row.target for row in records.notifications()] == ["ops"]


async def test_a_monitor_without_any_run_for_three_intervals_is_blind_and_its_neighbour_is_not(
    make_watch: Watch, overview: Overview, check_monitor: Any, records: Records
) -> None:
    add(overview, check_monitor("dead", every_s=60), seen_ago_s=181)
    add(overview, check_monitor("alive", every_s=60), seen_ago_s=100)
    await make_watch().look()
    assert [one.subject.name for one in blind(records)] == ["dead"]


async def test_it_ends_with_the_next_run_that_judges_the_site_also_after_a_restart(
    make_watch: Watch, overview: Overview, check_monitor: Any, records: Records
) -> None:
    monitor = add(overview, check_monitor(), seen_ago_s=1000)
    await make_watch().look()
    overview.seen.clear()
    add(overview, monitor)  # a scheduler that starts gives every monitor its time anew
    again = make_watch()
    await again.look()
    assert [one.state for one in blind(records)] == [IncidentState.UNKNOWN]
    end_run(overview, monitor, RunStatus.FAILED)
    await again.look()
    assert [one.state for one in blind(records)] == [IncidentState.RESOLVED]
    assert [row.target for row in records.notifications()] == ["ops", "ops"]


async def test_two_cohorts_of_one_journey_are_one_incident_and_each_has_to_be_seen(
    make_watch: Watch, overview: Overview, journey_monitor: Any, records: Records
) -> None:
    canary = add(overview, journey_monitor(cohort="canary"), seen_ago_s=1000)
    baseline = add(overview, journey_monitor(cohort="baseline"), seen_ago_s=1000)
    watch = make_watch()
    await watch.look()
    end_run(overview, canary, RunStatus.PASSED)
    await watch.look()
    [incident] = blind(records)
    assert [one.cohort for one in incident.findings] == ["baseline"]
    end_run(overview, baseline, RunStatus.PASSED)
    await watch.look()
    assert [one.state for one in blind(records)] == [IncidentState.RESOLVED]


async def test_a_process_that_was_stopped_for_ten_minutes_makes_nobody_blind(
    make_watch: Watch, overview: Overview, check_monitor: Any, records: Records
) -> None:
    add(overview, check_monitor(), seen_ago_s=600)
    overview.stood_still(590)
    await make_watch().look()
    assert blind(records) == []


async def test_what_the_records_refuse_is_opened_at_the_next_look(
    make_watch: Watch, overview: Overview, check_monitor: Any, records: Records, monkeypatch: Any
) -> None:
    add(overview, check_monitor(), seen_ago_s=1000)
    watch = make_watch()

    def refuse(*_: Any, **__: Any) -> None:
        raise RecordsUnavailable("no space left")

    with monkeypatch.context() as refusing:
        refusing.setattr(records, "commit_findings", refuse)
        with pytest.raises(RecordsUnavailable):
            await watch.look()
    await watch.look()
    assert len(blind(records)) == 1
