"""The daily test page: once a day by the wall's clocks, and made up for where nothing ran at its time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline_scheduler.daily_trial import DailyTrial, find_last
from leadline_scheduler.records_thread import RecordsThread

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text(
        '[[app]]\nname = "shop"\n[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\ncanary_page = "09:00"\n'
    )
    return load_settings(file)


class Clock:
    def __init__(self) -> None:
        self.now = MIDNIGHT

    def __call__(self) -> datetime:
        return self.now


def sent(records: Records) -> list[str]:
    return [f"{row.created_at:%d %H:%M}" for row in reversed(records.notifications())]


async def test_it_is_sent_once_a_day(records: Records, thread: RecordsThread, settings: Settings) -> None:
    clock, woken = Clock(), list[None]()
    daily = DailyTrial(settings, records, thread, clock, lambda: woken.append(None))
    for _ in range(5):
        await daily.look()
        clock.now += timedelta(hours=6)
    assert sent(records) == ["24 12:00"]
    clock.now = MIDNIGHT + timedelta(days=1, hours=9)
    await daily.look()
    assert sent(records) == ["24 12:00", "25 09:00"]
    assert len(woken) == 2


async def test_one_that_was_missed_is_sent_at_the_next_start_but_none_at_the_first(
    records: Records, thread: RecordsThread, settings: Settings
) -> None:
    clock = Clock()
    clock.now += timedelta(hours=12)
    await DailyTrial(settings, records, thread, clock, lambda: None).look()
    assert sent(records) == []
    records.queue_trial(["oncall"], by=None, now=clock.now)
    clock.now += timedelta(days=1)
    await DailyTrial(settings, records, thread, clock, lambda: None).look()
    assert sent(records) == ["24 12:00", "25 12:00"]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-10-24T12:00", "2026-10-24T07:00"),  # summer: UTC+2
        ("2026-10-25T12:00", "2026-10-25T08:00"),  # the clocks were set back that night
        ("2026-10-25T07:30", "2026-10-24T07:00"),
    ],
)
def test_it_keeps_its_wall_time_over_a_change_of_the_clocks(now: str, last: str) -> None:
    found: Any = find_last(time(9), zone=BERLIN, now=datetime.fromisoformat(f"{now}+00:00"))
    assert found == datetime.fromisoformat(f"{last}+00:00")
