"""Leadline's own troubles are incidents for the operator: pages that nobody takes, a disk that is full."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.incidents import Routing
from leadline.model import IncidentState
from leadline.records import Records
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.own_health import OwnHealth

ROUTING = Routing(targets=("oncall", "ops"), operator="ops")


@pytest.fixture
def make_health(records: Records, thread: Any, turned_clock: Any, tmp_path: Path) -> Callable[..., OwnHealth]:
    def make(*, min_free_bytes: int = 0, ahead: timedelta = timedelta()) -> OwnHealth:
        return OwnHealth(
            records=records,
            thread=thread,
            desk=IncidentDesk(records=records, thread=thread, routing=ROUTING, on_transition=lambda: None),
            home=tmp_path,
            min_free_bytes=min_free_bytes,
            steady=lambda: turned_clock.now() + ahead,
            wall=turned_clock.now,
        )

    return make


def ours(records: Records) -> dict[str, IncidentState]:
    return {one.subject.name: one.state for one in records.incidents() if one.subject.kind == "leadline"}


async def test_a_page_that_waits_for_more_than_a_minute_is_told_to_the_operator(
    make_health: Any, records: Records, break_site: Callable[..., Awaitable[None]], turned_clock: Any
) -> None:
    health = make_health()
    await break_site("oncall")
    turned_clock.turn(seconds=59)
    await health.look()
    assert ours(records) == {}
    turned_clock.turn(seconds=10)
    await health.look()
    assert ours(records) == {"outbox": IncidentState.OPEN}


async def test_after_the_clock_was_set_back_a_page_has_not_waited_since_before_that(
    make_health: Any, records: Records, break_site: Callable[..., Awaitable[None]], turned_clock: Any
) -> None:
    # The steady clock stays where it was, an hour ahead of the wall clock that dates the page.
    health = make_health(ahead=timedelta(hours=1))
    await break_site("oncall")
    turned_clock.turn(seconds=59)
    await health.look()
    assert ours(records) == {}
    turned_clock.turn(seconds=10)
    await health.look()
    [incident] = [one for one in records.incidents() if one.subject.kind == "leadline"]
    assert str(incident.findings[0].error_message).endswith("the oldest for 1 min")
    [row] = [row for row in records.notifications() if row.target == "ops"]
    incident = records.incident(row.incident_id)
    assert incident is not None
    assert "1 page waits: 1 for target oncall" in str(incident.findings[0].error_message)


async def test_it_ends_when_everything_is_delivered_also_after_a_restart(
    make_health: Any, make_dispatcher: Any, records: Records, break_site: Any, turned_clock: Any, until: Any
) -> None:
    from scheduler.dispatching import running

    await break_site("oncall")
    turned_clock.turn(seconds=70)
    await make_health().look()
    async with running(make_dispatcher(["oncall", "ops"])):
        await until(lambda: not records.waiting(turned_clock.now()))
    await make_health().look()
    assert ours(records) == {"outbox": IncidentState.RESOLVED}


async def test_a_full_disk_is_an_incident_until_there_is_room(make_health: Any, records: Records) -> None:
    health = make_health(min_free_bytes=2**60)
    await health.look()
    await health.look()
    assert ours(records) == {"disk": IncidentState.OPEN}
    health.min_free_bytes = 0
    await health.look()
    assert ours(records) == {"disk": IncidentState.RESOLVED}


async def test_records_that_were_deleted_are_put_back_and_told(
    make_health: Any, records: Records, break_site: Any, turned_clock: Any, tmp_path: Path
) -> None:
    await break_site("oncall")
    for left in ("", "-wal", "-shm"):
        (tmp_path / f"records.sqlite{left}").unlink(missing_ok=True)
    health = make_health()
    await health.look()
    assert ours(records) == {"records": IncidentState.OPEN}
    assert len(records.incidents()) == 2
    turned_clock.turn(seconds=61)
    await health.look()
    assert ours(records)["records"] is IncidentState.RESOLVED
