"""Keeps the number of distinct names bounded: a page's key is public, so anybody can invent versions and routes.

Names beyond the limit are stored as `(other)` and reported. A registered version is never capped. A name that was not
seen for a week frees its place, so a shop that releases daily does not run out of versions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

OTHER = "(other)"
# Per app (docs/decisions/0005). Cohorts are named by the page as well, and a
# release has a handful. Only memory and the width of answers depend on these figures.
NAME_LIMITS = {"service_version": 64, "cohort": 64, "route": 1000, "request_route": 1000, "event": 200}
FREED_AFTER = timedelta(days=7)


class KnownNames:
    """The names admitted so far. `fresh` are those that the next transaction must append to facts.known_names."""

    def __init__(self, known: Iterable[tuple[str, str, str, date]], registered: Iterable[tuple[str, str]]) -> None:
        self._seen: dict[tuple[str, str], dict[str, date]] = {}
        for app, kind, name, day in known:
            names = self._seen.setdefault((app, kind), {})
            names[name] = max(day, names.get(name, day))
        self.registered = set(registered)
        self.fresh: list[tuple[str, str, str, date]] = []
        self.capped: Counter[tuple[str, str]] = Counter()

    def admit(self, app: str, kind: str, name: str | None, day: date) -> str | None:
        """`name` if it is admitted, else `(other)`, counted in `capped`."""
        if name is None or name == OTHER:
            return name
        if kind == "service_version" and (app, name) in self.registered:
            return name
        names = self._seen.setdefault((app, kind), {})
        last = names.get(name)
        if last is None and not self._has_room(names, NAME_LIMITS[kind], day):
            self.capped[app, kind] += 1
            return OTHER
        if last is None or last < day:
            names[name] = day
            self.fresh.append((app, kind, name, day))
        return name

    @staticmethod
    def _has_room(names: dict[str, date], limit: int, day: date) -> bool:
        if len(names) >= limit:
            for old in [name for name, last in names.items() if last < day - FREED_AFTER]:
                del names[old]
        return len(names) < limit
