"""Warns of run limits that the schedule itself exceeds, or that leave no room to confirm a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.model import JourneySpec
from leadline.settings import CheckSettings, JourneysSettings, Problem, Settings

HOUR_S = 3600


def find_tight_limits(
    settings: Settings, journeys: Sequence[tuple[JourneysSettings, Sequence[JourneySpec]]]
) -> Iterator[Problem]:
    """One warning for each journey and check whose `max_runs_per_hour` is too low for its schedule."""
    for index, (table, specs) in enumerate(journeys):
        for spec in specs:
            every_s = None if spec.cron else spec.every_s
            if (said := _say(f"journey {spec.name!r}", table, every_s)) is not None:
                yield settings.places.problem(("journeys", index, "max_runs_per_hour"), said)
    for index, check in enumerate(settings.checks):
        if (said := _say(f"check {check.name!r}", check, None if check.cron else check.every)) is not None:
            yield settings.places.problem(("check", index, "max_runs_per_hour"), said)


def _say(name: str, table: JourneysSettings | CheckSettings, every_s: float | None) -> str | None:
    limit = table.max_runs_per_hour
    if limit is None or every_s is None:
        return None
    due = HOUR_S / every_s * max(1, len(table.cohorts))
    if due > limit:
        return f"{name} is due {due:.0f} times an hour, so {due - limit:.0f} of them will be skipped"
    if due + table.confirm - 1 > limit:
        least = int(due) + table.confirm - 1
        return (
            f"{name} is due {due:.0f} times an hour, which leaves no room to confirm a failure; write {least} or more"
        )
    return None
