"""Cron expressions as slots: five fields, in UTC, as crontab(5) reads them. Pure.

`*`, lists, ranges, steps, names of months and weekdays; if neither day field begins with `*`, either may match. Like
the scheduler's interval slots, they answer the same four questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_NAMES = {
    "month": dict(zip(_MONTHS, range(1, 13), strict=True)),
    "weekday": dict(zip(_WEEKDAYS, range(7), strict=True)),
}
_MINUTE = timedelta(minutes=1)
# A date such as 29 February comes every eight years at the latest (1896 to 1904).
_FURTHEST = timedelta(days=366 * 8 + 2)
# The start for measuring gaps between slots; any day would do, and a fixed one makes the answer repeatable.
_REFERENCE = datetime(2024, 1, 1, tzinfo=UTC)
_SLOTS_MEASURED = 1000
# The number of minutes in a week; nobody needs an exact count of more missed slots.
_MOST_COUNTED = 10_080


@dataclass(frozen=True, slots=True)
class CronSlots:
    """The slots of an expression; `text` is the expression."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_any_day: bool
    is_any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> CronSlots:
        """Raises ValueError that names the invalid field."""
        fields = text.split()
        if len(fields) != len(_FIELDS):
            raise ValueError(f'{text!r} is not a cron expression of five fields; write "*/5 8-18 * * mon-fri"')
        values = [_read_field(field, *said) for field, said in zip(fields, _FIELDS, strict=True)]
        weekdays = frozenset(day % 7 for day in values[4])
        # crontab(5): a field that begins with a star, `*/2` too, is not restricted, and both fields must match.
        is_any_day, is_any_weekday = (fields[at].startswith("*") for at in (2, 4))
        slots = cls(text, values[0], values[1], values[2], values[3], weekdays, is_any_day, is_any_weekday)
        try:
            slots.after(_REFERENCE)
        except ValueError:
            raise ValueError(f"{text!r} never matches: none of its months has such a day") from None
        return slots

    @property
    def longest_gap_s(self) -> float:
        """The longest time between two consecutive slots."""
        at, longest = self.after(_REFERENCE), _MINUTE
        for _ in range(_SLOTS_MEASURED):
            following = self.after(at)
            at, longest = following, max(longest, following - at)
        return longest.total_seconds()

    def latest(self, at: datetime) -> datetime:
        """The last slot that is not after `at`."""
        return self._search(_whole_minute(at), -1)

    def after(self, at: datetime) -> datetime:
        """The first slot that is strictly after `at`."""
        return self._search(_whole_minute(at) + _MINUTE, 1)

    def before(self, at: datetime) -> datetime:
        """The last slot that is strictly before `at`."""
        return self.latest(at - timedelta(microseconds=1))

    def count(self, *, after: datetime, until: datetime) -> int:
        """How many slots lie in (after, until]; at most the number of minutes in a week."""
        found, at = 0, self.after(after)
        while at <= until and found < _MOST_COUNTED:
            found, at = found + 1, self.after(at)
        return found

    def _search(self, at: datetime, step: int) -> datetime:
        """Searches by days, then within the day by hours and minutes: a rare date takes some thousand steps, not
        millions.
        """
        end = at + step * _FURTHEST
        while (end - at) * step >= timedelta(0):
            if not self._has_day(at):
                at = _edge_of_day(at + step * timedelta(days=1), step)
            elif at.hour not in self.hours:
                at = _edge_of_hour(at + step * timedelta(hours=1), step)
            elif at.minute not in self.minutes:
                at += step * _MINUTE
            else:
                return at
        raise ValueError(f"{self.text!r} never matches")

    def _has_day(self, at: datetime) -> bool:
        if at.month not in self.months:
            return False
        is_day, is_weekday = at.day in self.days, at.isoweekday() % 7 in self.weekdays
        if self.is_any_day or self.is_any_weekday:
            return is_day and is_weekday
        return is_day or is_weekday


def _read_field(text: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step_text = part.partition("/")
        if slash and not (step_text.isascii() and step_text.isdigit() and int(step_text) > 0):
            raise ValueError(f"the {name} {part!r} of a cron expression has no step; write */5")
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = least, most
        else:
            first = _read_value(first_text, name, least, most)
            last = _read_value(last_text, name, least, most) if dash else (most if slash else first)
            if name == "weekday" and dash and first > last == 0:
                last = 7  # Sunday ends a week as well: fri-sun
        if last < first:
            raise ValueError(f"the {name} {part!r} of a cron expression runs backwards")
        found.update(range(first, last + 1, int(step_text) if slash else 1))
    return frozenset(found)


def _read_value(text: str, name: str, least: int, most: int) -> int:
    value = _NAMES.get(name, {}).get(text)
    if value is None and text.isascii() and text.isdigit():
        value = int(text)
    if value is None or not least <= value <= most:
        raise ValueError(f"the {name} {text!r} of a cron expression is not from {least} to {most}")
    return value


def _whole_minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _edge_of_day(at: datetime, step: int) -> datetime:
    return at.replace(hour=0, minute=0) if step > 0 else at.replace(hour=23, minute=59)


def _edge_of_hour(at: datetime, step: int) -> datetime:
    return at.replace(minute=0) if step > 0 else at.replace(minute=59)
