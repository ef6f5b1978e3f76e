"""Settings that are accepted but have no effect yet: each causes a warning at every start.

Today that is a location other than `local`. The commit that makes a setting work removes it from this file.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadline.settings.places import Places, Problem
from leadline.settings.schema import Settings

LOCAL = "local"


def find_not_yet(settings: Settings, places: Places) -> Iterator[Problem]:
    """One warning per configured location where nothing runs in this release."""
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
