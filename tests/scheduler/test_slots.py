"""Slots are the same on every start, spread evenly, and counted without gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadline_scheduler.slots import Slots

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
moments = st.integers(0, 80 * 365 * 86_400_000_000).map(lambda us: NOON + timedelta(microseconds=us - 10**15))
intervals_s = st.floats(min_value=0.05, max_value=100_000)


def test_the_slots_of_a_name_are_the_same_in_every_process() -> None:
    # Pinned: a change of these moves every slot of every installation once.
    assert Slots.spread("journey:shop/checkout@canary@local", 60.0) == Slots(60_000_000, 17_457_810)


def test_a_thousand_monitors_of_one_minute_spread_over_the_minute() -> None:
    seconds = [Slots.spread(f"journey:shop/j{n}@@local", 60.0).after(NOON) - NOON for n in range(1000)]
    per_tenth = [
        sum(timedelta(seconds=6 * k) < at <= timedelta(seconds=6 * k + 6) for at in seconds) for k in range(10)
    ]
    assert min(per_tenth) > 70, per_tenth
    assert max(per_tenth) < 130, per_tenth


@given(moments, intervals_s)
def test_a_moment_lies_between_its_latest_slot_and_the_one_after(at: datetime, every_s: float) -> None:
    slots = Slots.spread("x", every_s)
    latest, after = slots.latest(at), slots.after(at)
    assert latest <= at < after
    assert after - latest == timedelta(microseconds=slots.every_us)
    assert slots.before(after) == latest


@given(moments, intervals_s, st.floats(min_value=-10, max_value=10))
def test_counted_slots_are_those_that_one_walks_through(at: datetime, every_s: float, intervals: float) -> None:
    slots = Slots.spread("x", every_s)
    until = at + timedelta(seconds=every_s * intervals)
    walked, slot = 0, slots.after(at)
    while slot <= until:
        walked, slot = walked + 1, slots.after(slot)
    assert slots.count(after=at, until=until) == walked
