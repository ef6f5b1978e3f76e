"""Planned work: nothing pages, nothing is blind, and where asked nothing runs; what is broken afterwards is paged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline import clock
from leadline.incidents import Observed, Routing, find_blindness
from leadline.model import Cause, Finding, RunStatus, Severity, Subject
from leadline.model.maintenance import MaintenanceWindow, Occurrence
from leadline.records import Records
from leadline.settings import load_settings
from leadline.settings.maintenance_windows import list_muting
from leadline_scheduler.blindness import BlindnessWatch, _sight_of
from leadline_scheduler.heartbeat import monitor_ages
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.maintenance import MaintenanceKeeping
from leadline_scheduler.monitors import name_dead_routes
from leadline_scheduler.state import Overview

HOUR = timedelta(hours=1)


def window(*, stops_runs: bool = False, name: str | None = "api", begins_in: timedelta = -HOUR) -> MaintenanceWindow:
    start = clock.now() + begins_in
    during = Occurrence(start, start + 2 * HOUR)
    return MaintenanceWindow(
        app="shop", kind="check" if name else None, name=name, when=during, stops_runs=stops_runs, reason="db move"
    )


def keeping(records: Records, thread: Any, *windows: MaintenanceWindow, now: datetime | None = None) -> Any:
    return MaintenanceKeeping(
        windows, records=records, thread=thread, wall=lambda: now or clock.now(), on_change=lambda: None
    )


def claim(records: Records, now: datetime) -> list[str]:
    found = records.claim_due(owner="test", now=now, lease_s=10, limit=10, exclude_targets=())
    return [one.notification.target for one in found]


async def test_runs_stop_within_the_window_and_leave_a_row_that_says_so(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any
) -> None:
    await make_slot_runner().run_slot(replace(check_monitor(), windows=(window(stops_runs=True),)), clock.now())
    [row] = records.runs()
    assert (row.status, row.cause, runner.asked) == (RunStatus.SKIPPED, Cause.MAINTENANCE, [])
    assert row.error_message is not None
    assert row.error_message.startswith("not run: db move until ")


async def test_quiet_hours_hold_a_warning_until_they_end_and_nothing_else(
    records: Records, thread: Any, tmp_path: Path
) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text(
        '[[app]]\nname = "shop"\nbase_url = "https://shop.example"\nkeys = ["pk_a"]\n[notify]\n'
        'quiet_hours = { start = "22:00", end = "07:00", time_zone = "Europe/Berlin" }\n'
    )
    night = datetime(2026, 11, 24, 23, tzinfo=UTC)
    await keeping(records, thread, *list_muting(load_settings(file)), now=night).look()
    [quiet] = records.silences(night)
    assert (quiet.created_by, quiet.severity) == ("[notify] quiet_hours", "warning")
    assert quiet.ends_at == datetime(2026, 11, 25, 6, tzinfo=UTC)

    def find(name: str, severity: Severity, *, well: bool = False) -> None:
        subject = Subject(kind="check", name=name, app="shop", environment="production")
        found = [] if well else [Finding(since=night, severity=severity)]
        records.commit_findings(subject, Observed(findings=found), routing=Routing(targets=(name,)), now=night)

    find("slow", "warning")
    find("blip", "warning")
    find("down", "critical")
    assert claim(records, night) == ["down"]
    find("blip", "warning", well=True)
    assert claim(records, night) == []  # it began and ended while it was quiet
    assert "slow" in claim(records, quiet.ends_at)
    assert {str(row.state) for row in records.notifications() if row.target == "blip"} == {"given_up"}


async def test_what_fails_within_a_window_is_paged_at_its_end_and_not_before(
    make_slot_runner: Any, runner: Any, records: Records, thread: Any, check_monitor: Any
) -> None:
    planned = window()
    await keeping(records, thread, planned).look()
    runner.script = {None: [RunStatus.FAILED, RunStatus.FAILED]}
    slot_runner = make_slot_runner()
    slot_runner.routing = Routing(targets=("oncall",))
    await slot_runner.run_slot(replace(check_monitor(), windows=(planned,)), clock.now())
    assert len(records.incidents()) == 1
    assert claim(records, clock.now()) == []
    assert claim(records, clock.now() + 2 * HOUR) == ["oncall"]


async def test_a_window_mutes_nothing_beside_what_it_covers(
    make_slot_runner: Any, runner: Any, records: Records, thread: Any, check_monitor: Any
) -> None:
    await keeping(records, thread, window()).look()
    runner.script = {None: [RunStatus.FAILED, RunStatus.FAILED]}
    slot_runner = make_slot_runner()
    slot_runner.routing = Routing(targets=("oncall",))
    await slot_runner.run_slot(check_monitor("other"), clock.now())
    assert claim(records, clock.now()) == ["oncall"]


async def test_a_window_is_written_down_before_it_opens_and_ends_with_its_table(records: Records, thread: Any) -> None:
    now = clock.now()
    kept = keeping(records, thread, window(begins_in=timedelta(minutes=5)))
    await kept.look()
    assert records.silences(now) == []
    [silence] = records.silences(now + HOUR)
    assert (silence.app, silence.monitor, silence.name, silence.reason) == ("shop", "check", "api", "db move")
    await kept.follow(())
    assert records.silences(clock.now() + HOUR) == []


async def test_a_window_that_a_person_ended_is_not_opened_again_by_a_restart(records: Records, thread: Any) -> None:
    planned = window()
    await keeping(records, thread, planned).look()
    [silence] = records.silences(clock.now())
    records.end_silence(silence.silence_id, now=clock.now())
    await keeping(records, thread, planned).look()
    assert records.silences(clock.now()) == []


@pytest.mark.parametrize("name", ["api", None])
async def test_a_monitor_under_maintenance_is_not_blind_and_is_shown_as_what_it_is(
    records: Records, thread: Any, check_monitor: Any, name: str | None
) -> None:
    overview = Overview()
    watch = BlindnessWatch(
        desk=IncidentDesk(records=records, thread=thread, routing=Routing(), on_transition=lambda: None),
        overview=overview,
        wall=clock.now,
    )
    monitor = replace(check_monitor(), windows=(window(name=name),))
    overview.add(monitor, monotonic_s=clock.monotonic_s() - 3600, now=clock.now())
    assert find_blindness(_sight_of(overview.seen[monitor.key], monotonic_s=clock.monotonic_s())) is not None
    await watch.look()
    assert records.incidents() == []
    overview.look_at_windows(monotonic_s=clock.monotonic_s(), now=clock.now())
    [said] = overview.monitor_states({})
    assert (said.maintenance, said.maintenance_until) == ("db move", monitor.windows[0].when.end)
    [(_, age_s, allowed_s)] = monitor_ages(overview.seen.values(), monotonic_s=clock.monotonic_s())
    assert age_s < allowed_s
    # Without its window the time counts from now on.
    overview.change(replace(monitor, windows=()), monotonic_s=clock.monotonic_s())
    await watch.look()
    assert records.incidents() == []


def test_a_window_for_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "leadline.toml"
    file.write_text(
        '[[app]]\nname = "shop"\n[[check]]\nname = "api"\napp = "shop"\nurl = "https://shop.example"\n'
        '[[maintenance]]\nmatch = {check = "apl"}\nweekdays = ["sun"]\nstart = "02:00"\nend = "03:00"\n'
    )
    [message] = name_dead_routes(load_settings(file, {}), [])
    assert message.startswith(f"{file}:8:")
    assert "no check is named 'apl'; did you mean 'api'?" in message
