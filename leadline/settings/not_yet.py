"""What leadline.toml may say already and what has no effect yet: each is a warning at every start, never silent.

Today that is a location other than `local`. It leaves this file in the commit that gives it its effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadline.settings.places import Places, Problem
from leadline.settings.schema import Settings

LOCAL = "local"


def find_not_yet(settings: Settings, places: Places) -> Iterator[Problem]:
    """One warning per location that the file names and where nothing runs in this release."""
    tables = [
        *((("journeys", index), table.locations) for index, table in enumerate(settings.journeys)),
        *((("check", index), table.locations) for index, table in enumerate(settings.checks)),
    ]
    for table, locations in tables:
        for place, location in enumerate(locations):
            if location != LOCAL:
                reason = "agents come in a later release, and nothing runs there"
                message = f"location {location!r} is not yet in effect: {reason}"
                yield places.problem((*table, "locations", place), message)
