"""For machines: alive, ready, and figures about the service itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from leadline import clock
from leadline.errors import LeadlineError
from leadline_web.context import Context, context_of, json_response

router = APIRouter(tags=["health"])
Here = Annotated[Context, Depends(context_of)]


@router.get("/healthz")
async def healthz() -> Response:
    """200 as long as the process answers."""
    return json_response({"status": "ok"})


@router.get("/readyz")
def readyz(here: Here) -> Response:
    """200 when the records answer. A store service that is down is only reported: incidents are shown without it."""
    oldest_unsent_s = None
    try:
        oldest_unsent_s = unsent_age_s(here)
        records = "up"
    except LeadlineError as error:
        records = f"down: {error.message}"
    following = here.store.status
    state = {"records": records, "store": "up" if here.store.is_up else "down"}
    if following is not None and here.store.is_up:
        state["store_is_caught_up"] = "yes" if following.is_caught_up else "no"
        state |= {"store_trouble": following.trouble} if following.trouble else {}
        state |= {"quarantined": str(following.quarantined)} if following.quarantined else {}
    if oldest_unsent_s is not None:
        state["oldest_unsent_page_s"] = f"{oldest_unsent_s:.0f}"
    is_ready = records == "up"
    return json_response({"status": "ready" if is_ready else "starting", **state}, status=200 if is_ready else 503)


@router.get("/metrics")
def metrics(here: Here) -> Response:
    """Prometheus text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StoreMetrics(here))
    registry.register(_PageMetrics(here))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def unsent_age_s(here: Context) -> float | None:
    """How long the oldest page has waited without an accepting target; None if none waits."""
    moment = clock.now()
    oldest = here.records.open().oldest_unsent_at(moment)
    return None if oldest is None else max(0.0, (moment - oldest).total_seconds())


class _PageMetrics(Collector):
    """Whether pages are delivered; nothing if the records don't answer."""

    def __init__(self, here: Context) -> None:
        self._here = here

    def collect(self) -> list[Metric]:
        try:
            age_s = unsent_age_s(self._here) or 0.0
        except LeadlineError:
            return []
        text = "Age of the oldest page that no target took; 0 where none waits"
        return [GaugeMetricFamily("leadline_oldest_unsent_page_seconds", text, value=age_s)]


class _StoreMetrics(Collector):
    """Counters restart with the store service, as Prometheus expects of a restart."""

    def __init__(self, here: Context) -> None:
        self._store = here.store

    def collect(self) -> list[Metric]:
        following = self._store.status
        found: list[Metric] = [
            GaugeMetricFamily("leadline_store_up", "Whether the store service answers", value=float(self._store.is_up)),
            CounterMetricFamily(
                "leadline_store_starts",
                "Starts of the store service, as seen from here",
                value=self._store.starts,
            ),
        ]
        if following is not None:
            for name, text in _LOADED.items():
                found.append(CounterMetricFamily(f"leadline_loaded_{name}", text, value=getattr(following, name)))
            caught_up = float(following.is_caught_up)
            found.append(GaugeMetricFamily("leadline_store_caught_up", "1: nothing left to load", value=caught_up))
            if following.countries != "off":
                is_used = float(following.countries == "in use")
                found.append(GaugeMetricFamily("leadline_country_database_up", "0: see store_trouble", value=is_used))
        return found


_LOADED = {
    "beacons": "Beacons that became rows",
    "changes": "Changes of the records that became rows",
    "too_old": "Beacons dropped because they occurred over 24 h before they arrived",
    "quarantined": "Records of the log that could not be read",
    "capped": "Names stored as (other) because an app has too many",
}
