"""`[[rota]]`: who is on call, under a name that routes use like a target."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import Field

from leadline.model.rotas import Override, Rota
from leadline.settings.kinds import Name, Table, TimeZone
from leadline.settings.maintenance import WEEKDAYS, Weekday
from leadline.settings.places import Location


class OverrideSettings(Table):
    target: str
    start: datetime
    end: datetime


class RotaSettings(Table):
    name: Name
    people: list[str] = Field(min_length=1)
    first: date
    hand_over: Weekday = "mon"
    at: time = time(9)
    time_zone: TimeZone = "UTC"
    overrides: list[OverrideSettings] = Field(default_factory=list, alias="override")

    def rota(self) -> Rota:
        """The rota in the form that computes who is on call."""
        return Rota(
            people=tuple(self.people),
            first=self.first,
            weekday=WEEKDAYS.index(self.hand_over),
            at=self.at,
            time_zone=self.time_zone,
            overrides=tuple(
                Override(one.target, self._in_utc(one.start), self._in_utc(one.end)) for one in self.overrides
            ),
        )

    def _in_utc(self, moment: datetime) -> datetime:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))).astimezone(UTC)


def rota_problems(rotas: list[RotaSettings], targets: list[str]) -> Iterator[tuple[Location, str]]:
    """Errors: names that a target also has, people who can't be paged, overrides that end before they start."""
    for index, rota in enumerate(rotas):
        if rota.name in targets or rota.name in [other.name for other in rotas[:index]]:
            yield ("rota", index, "name"), f"{rota.name!r} is already the name of a target or rota; choose another"
        named: list[tuple[Location, str]] = [
            *((("rota", index, "people", place), name) for place, name in enumerate(rota.people)),
            *((("rota", index, "override", place, "target"), one.target) for place, one in enumerate(rota.overrides)),
        ]
        for where, name in named:
            if name not in targets:
                yield where, f"no target is named {name!r}; known: {', '.join(map(repr, targets)) or 'none'}"
        for place, one in enumerate(rota.rota().overrides):
            if one.end <= one.start:
                yield ("rota", index, "override", place, "end"), "the override ends before it starts; correct `end`"
