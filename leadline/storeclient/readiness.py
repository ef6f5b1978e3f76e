"""What the store is asked about an app's readiness: how fresh its signals are, and what no journey visits."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from leadline.storeclient.isolation import AppIsolation

__all__ = ["AppSeen", "ReadinessAsked", "RouteCoverage"]


class ReadinessAsked(Struct, frozen=True, kw_only=True):
    """`saturation` is `event:NAME` or `check:NAME`, or None where the app names none."""

    app: str
    at: datetime
    kpis: list[str] = []
    saturation: str | None = None


class RouteCoverage(Struct, frozen=True, kw_only=True):
    """What users did on one route over a day, and what of it nobody sees."""

    route: str | None
    page_views: int
    page_views_without_version: int
    page_views_without_vitals: int
    probe_views: int


class AppSeen(Struct, frozen=True, kw_only=True):
    """The last hour's page views, when each signal came last within a day (None: not at all), and a day's isolation."""

    page_views: int
    page_views_with_version: int
    last_page_view_at: datetime | None
    last_request_at: datetime | None
    last_kpi_at: datetime | None
    last_trace_at: datetime | None
    last_saturation_at: datetime | None
    last_judged_run_at: datetime | None
    monitors: int
    isolation: AppIsolation
    routes: list[RouteCoverage]
