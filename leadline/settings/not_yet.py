"""What leadline.toml may say already and what has no effect yet: each is a warning at every start, never silent.

A key leaves this list in the commit that gives it its effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from leadline.settings.places import Location, Places, Problem
from leadline.settings.schema import Settings

NOT_YET: dict[str, str] = {}
LOCAL = "local"


def find_not_yet(settings: Settings, places: Places) -> Iterator[Problem]:
    """One warning per key that the file says and that has no effect in this release."""
    for where in places.offsets:
        path = ".".join(map(str, where))
        for pattern, reason in NOT_YET.items():
            if len(where) == pattern.count(".") + 1 and fnmatchcase(path, pattern):
                yield places.problem(where, f"{_named(where)} is not yet in effect: {reason}")
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


def _named(where: Location) -> str:
    *tables, last = [part for part in where if isinstance(part, str)]
    return f"[[{last}]]" if not tables else f"{'.'.join(tables)}.{last}"
