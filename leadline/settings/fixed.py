"""What a running service can't take over from a saved leadline.toml: what it has opened, bound or handed out already.

Each such change is said, and waits for the next start; everything else takes effect at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadline.settings.places import Location, Problem
from leadline.settings.schema import Settings

FIXED: tuple[Location, ...] = (
    ("home", "path"),
    ("home", "beacon_log"),
    ("home", "records"),
    ("home", "store"),
    ("home", "evidence"),
    ("collector", "listen"),
    ("collector", "workers"),
    ("web", "listen"),
    ("web", "memory_limit"),
    ("web", "country_database"),
)


def find_fixed(running: Settings, saved: Settings) -> Iterator[Problem]:
    """One problem per key whose saved value differs from the one that runs."""
    for where in FIXED:
        table, key = str(where[0]), str(where[1])
        before, after = (getattr(getattr(settings, table), key) for settings in (running, saved))
        if before != after:
            yield saved.places.problem(
                where, f"{table}.{key} was changed while this runs: it takes effect at the next start"
            )
