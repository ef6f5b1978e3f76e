"""The windows of `[[maintenance]]` for each app, and errors for windows that can never be open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leadline.model.maintenance import MaintenanceWindow, Occurrence, Weekly
from leadline.settings.places import Location
from leadline.settings.schema import Settings


def list_windows(settings: Settings) -> tuple[MaintenanceWindow, ...]:
    """Every `[[maintenance]]` as stored; one without an app becomes one for each app."""
    apps = [app.name for app in settings.apps]
    return tuple(window for table in settings.maintenance for window in table.windows(apps))


def list_muting(settings: Settings) -> tuple[MaintenanceWindow, ...]:
    """All windows in the file that mute pages: `[[maintenance]]`, and quiet hours for the warnings of each app."""
    windows, quiet = list_windows(settings), settings.notify.quiet_hours
    if quiet is None:
        return windows
    hours = MaintenanceWindow(
        app="",
        when=quiet.weekly(),
        reason="quiet hours for warnings",
        source="[notify] quiet_hours",
        severity="warning",
    )
    return (*windows, *(replace(hours, app=app.name) for app in settings.apps))


def maintenance_problems(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Windows that can never be open."""
    for index, table in enumerate(settings.maintenance):
        try:
            when = table.when()
        except ValueError as error:
            yield ("maintenance", index, "start"), str(error)
            continue
        if isinstance(when, Occurrence) and when.end <= when.start:
            yield ("maintenance", index, "end"), f"ends before it starts: {when.end:%Y-%m-%d %H:%M} UTC; correct `end`"
        if isinstance(when, Weekly) and when.end == when.start:
            yield (
                ("maintenance", index, "end"),
                "equals its start; write a later time, or an earlier one for the next day",
            )
