"""Settings that a running service can't change: it has opened, bound or handed out what they name.

Each such change is reported and waits for the next start; all other settings take effect at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from leadline.settings.places import Problem
from leadline.settings.schema import Settings

FIXED: tuple[tuple[str, str], ...] = (
    ("home", "path"),
    ("home", "beacon_log"),
    ("home", "records"),
    ("home", "store"),
    ("home", "evidence"),
    ("collector", "listen"),
    ("collector", "workers"),
    ("web", "listen"),
    ("store", "memory_limit"),
    ("store", "country_database"),
    ("web", "memory_limit"),
    ("web", "country_database"),
)

TABLES = frozenset(table for table, _ in FIXED)


def find_fixed(running: Settings, saved: Settings, *, tables: Collection[str]) -> Iterator[Problem]:
    """One problem per key of `tables` whose saved value differs from the one in force."""
    for where in FIXED:
        table, key = where
        if table in tables and _value(running, where) != _value(saved, where):
            yield saved.places.problem(
                where, f"{table}.{key} was changed while this runs: it takes effect at the next start"
            )


def hold_fixed(running: Settings, saved: Settings) -> Settings:
    """`saved`, but with the value in force for every fixed key."""
    held: dict[str, dict[str, Any]] = {}
    for where in FIXED:
        held.setdefault(where[0], {})[where[1]] = _value(running, where)
    return saved.model_copy(
        update={table: getattr(saved, table).model_copy(update=keys) for table, keys in held.items()}
    )


def _value(settings: Settings, where: tuple[str, str]) -> object:
    return getattr(getattr(settings, where[0]), where[1])
