"""Cron expressions as crontab(5) reads them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.model.cron import CronSlots


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "following"),
    [
        ("*/5 * * * *", "2026-11-27 12:03:20", "2026-11-27 12:05"),
        ("*/5 * * * *", "2026-11-27 12:05:00", "2026-11-27 12:10"),
        ("0 8-18/2 * * mon-fri", "2026-11-27 18:00", "2026-11-30 08:00"),
        ("30 4 1,15 * *", "2026-11-27 00:00", "2026-12-01 04:30"),
        ("0 0 13 * 5", "2026-11-27 12:00", "2026-12-04 00:00"),
        ("0 0 */2 * mon", "2026-11-27 12:00", "2026-12-07 00:00"),
        ("0 0 1-7 * */7", "2026-11-27 12:00", "2026-12-06 00:00"),
        ("0 0 * * fri-sun", "2026-11-28 12:00", "2026-11-29 00:00"),
        ("0 0 29 feb *", "2026-11-27 12:00", "2028-02-29 00:00"),
        ("0 12 * * 7", "2026-11-27 12:00", "2026-11-29 12:00"),
        ("59 23 31 12 *", "2026-11-27 12:00", "2026-12-31 23:59"),
        ("10/20 * * * *", "2026-11-27 12:11", "2026-11-27 12:30"),
    ],
)
def test_the_next_slot_is_the_one_that_cron_would_take(text, now, following):
    assert CronSlots.parse(text).after(at(now)) == at(following)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("* * * *", "not a cron expression of five fields"),
        ("60 * * * *", "the minute '60' of a cron expression is not from 0 to 59"),
        ("* * * * fry", "the weekday 'fry'"),
        ("5-1 * * * *", "runs backwards"),
        ("*/0 * * * *", "has no step"),
        ("0 0 30 2 *", "never matches"),
    ],
)
def test_what_never_comes_or_is_no_expression_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        CronSlots.parse(text)


@pytest.mark.parametrize(
    ("text", "gap_s"), [("*/5 * * * *", 300), ("0 8-18 * * mon-fri", 62 * 3600), ("0 0 * * *", 86400)]
)
def test_the_longest_rest_between_two_slots_is_known(text, gap_s):
    assert CronSlots.parse(text).longest_gap_s == gap_s


@given(
    st.sampled_from(["*/7 * * * *", "0 8-18 * * mon-fri", "15 3 1 * *", "* * * * sun"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_slots_before_and_after_a_moment_enclose_it(text, now):
    slots = CronSlots.parse(text)
    latest, after = slots.latest(now), slots.after(now)
    assert latest <= now < after
    assert slots.before(after) == latest
    assert slots.after(latest) == after
    assert slots.count(after=latest, until=after) == 1
    assert slots.count(after=now, until=now - timedelta(1)) == 0
