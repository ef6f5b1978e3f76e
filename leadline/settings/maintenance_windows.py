"""The windows that `[[maintenance]]` makes, app by app, and those that can never be open."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.model.maintenance import MaintenanceWindow, Occurrence, Weekly
from leadline.settings.places import Location
from leadline.settings.schema import Settings


def list_windows(settings: Settings) -> tuple[MaintenanceWindow, ...]:
    """Every `[[maintenance]]` as it is kept; one without an app is one for each."""
    apps = [app.name for app in settings.apps]
    return tuple(window for table in settings.maintenance for window in table.windows(apps))


def maintenance_problems(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Windows that can never be open."""
    for index, table in enumerate(settings.maintenance):
        try:
            when = table.when()
        except ValueError as error:
            yield ("maintenance", index, "start"), str(error)
            continue
        if isinstance(when, Occurrence) and when.end <= when.start:
            yield ("maintenance", index, "end"), f"ends before it starts: {when.end:%Y-%m-%d %H:%M} UTC; mend `end`"
        if isinstance(when, Weekly) and when.end == when.start:
            yield ("maintenance", index, "end"), "is its start; write a later time, or an earlier one for the next day"
