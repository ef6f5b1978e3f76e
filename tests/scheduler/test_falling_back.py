"""A stage whose share was seen and falls back: it is told, holds the release, and is over once it is seen again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scheduler.exposed_gate import BY_HAND, PROMOTE, TOML, Gate

from leadline.records import Records
from leadline_scheduler.stage_upkeep import StageKeeping


@pytest.fixture
def gate(tmp_path: Path, records: Records, thread: Any, turned_clock: Any) -> Gate:
    return Gate(tmp_path, records, thread, turned_clock)


@pytest.mark.parametrize(("text", "way"), [(TOML, "hook"), (BY_HAND, "hand")])
async def test_a_share_that_falls_back_is_told_and_holds_the_release_until_it_is_seen_again(
    gate: Gate, text: str, way: str
) -> None:
    gate.configure(text)
    gate.start()
    await gate.run()
    await gate.look(500, 50)
    await gate.look(500, 41, after_minutes=2)
    assert (gate.row["state"], gate.row["exposed_by"], gate.incidents()) == ("under_way", way, [])
    await gate.look(500, 2, after_minutes=2)  # somebody set it to 0 at the balancer
    row = gate.row
    assert row["state"] == "fallen_back"
    assert row["next"].endswith(
        f"the share fell back ({gate.clock.now():%H:%M} UTC): 2 of 500 new sessions on 1.5.0 (0.4 %)"
    )
    assert row["to_do"] == ("set 1.5.0 to 10 % now" if way == "hand" else None)
    [incident] = gate.incidents()
    assert (incident.subject.name, incident.severity) == ("1.5.0 (stages)", "warning")
    assert "does not have 10 % of users any more" in incident.title
    keeping = StageKeeping(gate.records, budgets=lambda _app: [])
    keeping.go_on(gate.settings, PROMOTE, now=gate.clock.now() + timedelta(hours=5))
    assert gate.row["stage"] == "10 %"
    await gate.look(500, 1, after_minutes=2)
    assert len(gate.incidents()) == 1
    await gate.look(500, 47, after_minutes=2)
    assert (gate.row["state"], gate.incidents()) == ("under_way", [])


async def test_a_rollback_that_a_person_follows_is_not_told_a_second_time(gate: Gate) -> None:
    gate.configure(BY_HAND.replace("armed = true", "armed = false"))
    gate.start()
    await gate.look(500, 50)
    gate.roll_back(is_armed=False)
    before = [one.subject.name for one in gate.records.incidents()]
    await gate.look(500, 0, after_minutes=2)
    assert [one.subject.name for one in gate.records.incidents()] == before


async def test_the_last_stage_ends_silently_where_a_newer_version_follows(gate: Gate) -> None:
    gate.configure(BY_HAND.replace("{ share = 0.1 }, ", ""))
    gate.start()
    await gate.look(500, 500)
    gate.mark("1.6.0")
    await gate.look(500, 100, after_minutes=2)
    assert (gate.row["state"], gate.incidents()) == ("under_way", [])
