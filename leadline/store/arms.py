"""Which arms are compared since when: canary and baseline by version or by cohort, and the start of the evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, Literal

import duckdb

from leadline.store.database import Store
from leadline.store.kept_parts import SeenCanary

__all__ = ["Anchored", "Arms", "find_anchor", "find_arms", "judging_sql"]

COHORT = "cohort:"
# How far back a canary's mark and its first session are looked for: raw rows are kept this long by default.
LONGEST_RELEASE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Each a version, or `cohort:NAME`."""

    app: str
    canary: str
    baseline: str

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters with the names used in the .sql files: for each arm a version or a cohort, the other null."""
        said: dict[str, Any] = {"app": self.app}
        for name, arm in (("canary", self.canary), ("baseline", self.baseline)):
            is_cohort = arm.startswith(COHORT)
            said[f"{name}_version"] = None if is_cohort else arm
            said[f"{name}_cohort"] = arm.removeprefix(COHORT) if is_cohort else None
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The start of the evidence, as a minute since 1970, and its reason."""

    since: int
    anchor: Literal["release", "deployment", "first session", "asked"]


def judging_sql(question: str) -> str:
    """The text of sql/judging/<question>.sql."""
    file = resources.files("leadline.store") / "sql" / "judging" / f"{question}.sql"
    return file.read_text(encoding="utf-8")


def find_arms(
    store: Store,
    app: str,
    *,
    canary: str | None,
    baseline: str | None,
    until: datetime,
    is_registered_only: bool = False,
) -> Arms | None:
    """The named arms; else the two versions that were registered last. None without two.

    A version that was rolled back is no baseline while there is another: users do not have it.
    If fewer than two are registered, versions recently seen by users are added. Of two that became known at the same
    time, as in an import, the higher number is the newer one.
    """
    if canary is not None and baseline is not None:
        return Arms(app=app, canary=canary, baseline=baseline)
    rows = _ask(store, "registered_until", app=app, until=naive(until))
    # Versions seen by users come last: finding them reads a month of views.
    if len(rows) < 2 and not is_registered_only:
        rows = _ask(store, "latest_versions", app=app, since=naive(until - LONGEST_RELEASE), until=naive(until))
    known = [row["service_version"] for row in _newest_first(rows)]
    if canary is None:
        canary = next((version for version in known if version != baseline), None)
    if baseline is None:
        others = [version for version in known if version != canary]
        bad = {row["service_version"] for row in _ask(store, "taken_back", app=app, until=naive(until))}
        baseline = next((version for version in others if version not in bad), others[0] if others else None)
    return None if canary is None or baseline is None else Arms(app=app, canary=canary, baseline=baseline)


def _newest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only registered ones if there are two of them."""
    registered = [row for row in rows if row["is_registered"]]
    chosen = registered if len(registered) >= 2 else rows
    is_imported = not registered  # all seen from the first minute on: which one came first is chance
    return sorted(
        chosen, key=lambda row: (not is_imported and row["known_at"], _numbers(row["service_version"])), reverse=True
    )


def _numbers(version: str) -> list[tuple[int, str]]:
    """`1.10.2` after `1.9.0`; parts that are not numbers compare as text."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.\-+_]", version)]


def find_anchor(
    store: Store, arms: Arms, *, since: datetime | None, released_at: datetime | None, until: datetime
) -> Anchored:
    """The release's start, else the deploy mark, else the canary's first session; `since` only if given.

    A version that was first marked after the release began belongs to a later one: its mark counts. A mark that was set
    after all of the canary's sessions (imported, or marked at the end) is ignored: then the first session
    does.
    """
    if since is not None:
        return Anchored(since=minute_of(since), anchor="asked")
    span = {"since": naive(until - LONGEST_RELEASE), "until": naive(until)}
    own = _own(arms)
    [mark] = _ask(store, "marks", **own, **span)
    deployed_at = mark["deployed_at"]
    if released_at is not None:
        is_version = arms.parameters["canary_version"] is not None
        if not is_version or deployed_at is None or deployed_at <= naive(released_at):
            return Anchored(since=minute_of(released_at), anchor="release")
    first_at, last_at = _seen(store, own, deployed_at=deployed_at, **span)
    if deployed_at is not None and (last_at is None or last_at >= deployed_at):
        # Minutes without the canary have no evidence: they need not be read.
        later = deployed_at if first_at is None or first_at < deployed_at else first_at
        return Anchored(since=minute_of(later), anchor="deployment")
    if first_at is not None:
        return Anchored(since=minute_of(first_at), anchor="first session")
    return Anchored(since=minute_of(until - timedelta(days=1)), anchor="first session")


def _own(arms: Arms) -> dict[str, Any]:
    return {name: value for name, value in arms.parameters.items() if not name.startswith("baseline")}


def _seen(
    store: Store, own: dict[str, Any], *, deployed_at: datetime | None, since: datetime, until: datetime
) -> tuple[datetime | None, datetime | None]:
    """The time of the canary's first view, and of its last one or one after the mark.

    What is known is enough while it lies in the time: the first stays the first unless it is marked as synthetic later,
    and what comes later is no earlier.
    """
    key, kept = tuple(own.values()), store.kept_parts.seen
    known = kept.get(key)
    if (
        known is not None
        and since <= known.first_at
        and known.last_at < until
        and (deployed_at is None or known.last_at >= deployed_at)
        and not _is_marked(store, own["app"], known, until)
    ):
        kept[key] = replace(known, looked_until=max(known.looked_until, until))
        return known.first_at, known.last_at
    [found] = _ask(store, "first_session", **own, since=since, until=until)
    if found["first_at"] is None:
        kept.pop(key, None)
        return None, None
    seen = SeenCanary(
        first_at=found["first_at"], last_at=found["last_at"], first_view=found["first_view"], looked_until=until
    )
    kept[key] = seen
    return seen.first_at, seen.last_at


def _is_marked(store: Store, app: str, seen: SeenCanary, until: datetime) -> bool:
    """Whether a beacon since the last look says that the canary's first view is synthetic."""
    if seen.looked_until >= until:
        return False
    span = {"since": seen.looked_until, "until": until}
    [row] = _ask(store, "marked_since", app=app, page_view_id=seen.first_view, **span)
    return bool(row["is_marked"])


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970; a naive time is UTC, as in the store."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int(aware.timestamp()) // 60


def naive(moment: datetime) -> datetime:
    """The store's form of times: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def at_minute(minute: int) -> datetime:
    """The start of a minute, in the store's form."""
    return datetime.fromtimestamp(minute * 60, UTC).replace(tzinfo=None)


def _ask(store: Store, question: str, **parameters: Any) -> list[dict[str, Any]]:
    cursor: duckdb.DuckDBPyConnection = store.cursor()
    try:
        rows: list[dict[str, Any]] = cursor.sql(judging_sql(question), params=parameters).to_arrow_table().to_pylist()
        return rows
    finally:
        cursor.close()
