"""What the store is asked about isolation: whether synthetic traffic stands among real users' figures."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

__all__ = ["AppIsolation", "IsolationAsked"]


class IsolationAsked(Struct, frozen=True, kw_only=True):
    """Views that arrived from `since` until `at`."""

    apps: list[str]
    since: datetime
    at: datetime


class AppIsolation(Struct, frozen=True, kw_only=True):
    """`runs` of journeys ended in that time; `runs_seen` are those whose trace a page view names. Of the views that are
    known to be ours `views_marked` are marked; `views_unmarked` are not, and count as people's. The `unmarked_` fields
    are about the last of those: its run is known where it names a trace, else another view of its session is marked."""

    app: str
    runs: int
    runs_seen: int
    views_marked: int
    views_unmarked: int
    first_unmarked_at: datetime | None = None
    unmarked_page_view_id: str | None = None
    unmarked_url_path: str | None = None
    unmarked_run_id: str | None = None
    unmarked_monitor: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """What readiness says of it."""
        return {name: getattr(self, name) for name in ("runs", "runs_seen", "views_marked", "views_unmarked")}
