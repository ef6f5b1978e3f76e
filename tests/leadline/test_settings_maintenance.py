"""[[maintenance]]: when a window is open, by the clocks of its zone, and what is refused with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.settings import Settings, load_settings
from leadline.settings.maintenance_windows import list_windows
from leadline.settings.toml_file import SettingsInvalid

APP = '[[app]]\nname = "shop"\n[[app]]\nname = "blog"\n'
SUNDAYS = '[[maintenance]]\nmatch = {app = "shop"}\nweekdays = ["sun"]\ntime_zone = "Europe/Berlin"\n'


def read(tmp_path: Path, more: str) -> Settings:
    (tmp_path / "leadline.toml").write_text(APP + more)
    return load_settings(tmp_path / "leadline.toml", {})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "day", "opens", "closes"),
    [
        ('start = "02:00"\nend = "04:00"', "2026-11-22", "2026-11-22T01:00", "2026-11-22T03:00"),
        ('start = "02:00"\nend = "04:00"', "2026-07-05", "2026-07-05T00:00", "2026-07-05T02:00"),
        # The clocks are set back from 03:00 to 02:00: it begins at the first 02:00 and is an hour longer.
        ('start = "02:00"\nend = "04:00"', "2026-10-25", "2026-10-25T00:00", "2026-10-25T03:00"),
        ('start = "01:00"\nend = "02:30"', "2026-10-25", "2026-10-24T23:00", "2026-10-25T01:30"),
        # They are set on from 02:00 to 03:00: an hour shorter, and never without length.
        ('start = "01:00"\nend = "04:00"', "2026-03-29", "2026-03-29T00:00", "2026-03-29T02:00"),
        ('start = "02:15"\nend = "02:45"', "2026-03-29", "2026-03-29T01:00", "2026-03-29T01:30"),
        # They skip its end: it closes when they do.
        ('start = "01:00"\nend = "02:30"', "2026-03-29", "2026-03-29T00:00", "2026-03-29T01:00"),
        ('start = "02:30"\nend = "03:00"', "2026-03-29", "2026-03-29T01:00", "2026-03-29T01:30"),
        # It ends on the next day.
        ("start = 23:00:00\nend = 01:00:00", "2026-11-22", "2026-11-22T22:00", "2026-11-23T00:00"),
    ],
)
def test_a_weekly_window_keeps_its_wall_clock(tmp_path: Path, times: str, day: str, opens: str, closes: str) -> None:
    [window] = list_windows(read(tmp_path, SUNDAYS + times))
    midday = at(f"{day}T12:00")
    [found] = [one for one in window.occurrences(at(f"{day}T00:00"), midday.replace(hour=23)) if one.end > at(opens)]
    assert (found.start, found.end) == (at(opens), at(closes))
    assert window.open_at(at(opens)) == found
    assert window.open_at(at(closes)) is None
    middle = found.start + (found.end - found.start) / 2
    assert window.open_at(middle) == found


def test_a_moment_without_offset_is_in_the_zone_and_no_app_means_each(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        '[[maintenance]]\nstart = 2026-12-06T22:00:00\nend = 2026-12-07T02:00:00+00:00\ntime_zone = "Europe/Berlin"\n',
    )
    shop, blog = list_windows(settings)
    assert (shop.app, blog.app) == ("shop", "blog")
    found = shop.open_at(at("2026-12-06T21:00"))
    assert found is not None
    assert found.end == at("2026-12-07T02:00")
    assert shop.open_at(at("2026-12-06T20:59")) is None


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("start = 2026-12-07T00:00:00Z\nend = 2026-12-06T00:00:00Z", 7, "ends before it starts"),
        ('weekdays = ["sun"]\nstart = "02:00"\nend = "02:00"', 8, "equals its start"),
        ('weekdays = ["sun"]\nstart = 2026-12-07T00:00:00Z\nend = "02:00"', 7, "times of the day"),
        ('start = "02:00"\nend = "04:00"', 6, "must have a date"),
        ('start = "25:00"\nend = "04:00"', 6, "is not a time"),
        ("start = 5\nend = 6", 6, "is not a time"),
        ('weekdays = ["son"]\nstart = "02:00"\nend = "03:00"', 6, "did you mean 'sun'?"),
        ('time_zone = "Europe/Bonn"\nstart = "02:00"\nend = "03:00"', 6, "unknown time zone 'Europe/Bonn'"),
        ('match = {app = "shup"}\nweekdays = ["sun"]\nstart = "02:00"\nend = "03:00"', 6, "did you mean 'shop'?"),
        ('runs = "halt"\nweekdays = ["sun"]\nstart = "02:00"\nend = "03:00"', 6, "unknown value of runs 'halt'"),
    ],
)
def test_a_window_that_can_never_be_open_is_refused_with_its_line(
    tmp_path: Path, table: str, line: int, said: str
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(tmp_path, "[[maintenance]]\n" + table)
    assert said in str(refused.value)
    assert line in [problem.line for problem in refused.value.problems]
