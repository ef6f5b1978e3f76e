"""Turns one record of the beacon log into rows: times corrected, names capped, synthetic traffic marked.

No I/O here. A record that can't be read is a value (`BadBeacon`), never the end of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import msgspec

from leadline.store.agents import read_agent
from leadline.store.countries import Countries
from leadline.store.country_codes import as_country
from leadline.store.fingerprints import fingerprint_error
from leadline.store.flag_cohorts import FlagCohorts, find_cohort
from leadline.store.names import KnownNames
from leadline.store.networks import NetworkHasher
from leadline.store.tables import Rows
from leadline.store.weights import weigh
from leadline.wire import (
    HARMLESS_ERROR_TYPES,
    Beacon,
    Dropped,
    From,
    LoggedBeacon,
    decode_logged,
    drop_too_old,
    is_marked_user_agent,
    occurred_at_ms,
)

# seq has 20 bits (at most 1,000,000), above 43 bits of received_at in ms (until the year 2248): 63 together.
_SEQ_SHIFT = 43
# The client whose beacons are not page views (views/01_page_views.sql compares `sdk_name` with it).
REPORTS = "reports"
_FROM_THE_START = From()
_DAY_MS = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class BadBeacon:
    """A record of the log that is not loaded: its place, the reason, and its length."""

    position: int
    reason: str
    size_bytes: int = 0


# Small differences of clocks change no figure.
CLOCK_TOLERANCE_MS = 120_000


class BeaconRows:
    """Adds records to `rows`, for one log file."""

    def __init__(
        self,
        rows: Rows,
        *,
        log_file: str,
        names: KnownNames,
        networks: NetworkHasher,
        countries: Countries,
        cohorts: FlagCohorts,
        now_ms: int,
    ) -> None:
        self._rows = rows
        self._log_file = log_file
        self._names = names
        self._networks = networks
        self._countries = countries
        self._cohorts = cohorts
        self._now_ms = now_ms
        self.too_old: dict[str, int] = {}
        self.clock_ahead: dict[str, int] = {}

    def add(self, position: int, body: bytes) -> BadBeacon | None:
        """Adds the record's rows, or counts it as too old, or returns why it can't be read."""
        try:
            logged = self._not_ahead(decode_logged(body))
            placed = _Placed(logged)
        except (msgspec.MsgspecError, OverflowError) as error:
            return BadBeacon(position, str(error)[:500], len(body))
        if isinstance(drop_too_old(logged.beacon, received_at_ms=logged.received_at_ms), Dropped):
            self.too_old[logged.app] = self.too_old.get(logged.app, 0) + 1
            return None
        self._add_beacon(position, logged, placed)
        self._add_errors(position, logged, placed)
        self._add_events(position, logged, placed)
        self._add_requests(position, logged, placed)
        return None

    def _not_ahead(self, logged: LoggedBeacon) -> LoggedBeacon:
        """A record from the future came while the collector's clock was ahead: it counts as arrived now."""
        if logged.received_at_ms <= self._now_ms + CLOCK_TOLERANCE_MS:
            return logged
        self.clock_ahead[logged.app] = self.clock_ahead.get(logged.app, 0) + 1
        return msgspec.structs.replace(logged, received_at_ms=self._now_ms)

    def _add_beacon(self, position: int, logged: LoggedBeacon, placed: _Placed) -> None:
        b, app, day = logged.beacon, logged.app, placed.day
        since = b.from_ or _FROM_THE_START
        agent = read_agent(logged.user_agent)
        v = b.vitals or None
        path = _path_of(b.url)
        # The proxy that set the header saw the whole address; the database only gets a /24 or /48.
        country = as_country(logged.country) or self._countries.find(logged.network)
        self._rows.add(
            "beacons",
            {
                "log_file": self._log_file,
                "log_position": position,
                "app": app,
                "environment": logged.environment,
                "page_view_id": b.page_view_id,
                "seq": b.seq,
                "ordering": b.seq << _SEQ_SHIFT | logged.received_at_ms,
                "occurred_at": placed.began_at,
                "received_at": placed.received_at,
                "session_id": b.session_id,
                "service_version": self._names.admit(app, "service_version", b.service_version or None, day),
                "cohort": self._names.admit(app, "cohort", find_cohort(b, app, self._cohorts), day),
                "url_path": path,
                "route": self._names.admit(app, "route", b.route or path, day),
                "trace_id": b.trace_id,
                "synthetic": _synthetic(logged),
                "country": country,
                "browser_name": agent.browser_name,
                "device_type": agent.device_type,
                "effective_connection_type": b.effective_connection_type,
                "sdk_name": _sdk_name(logged),
                "sdk_version": b.sdk_version,
                "referrer_origin": b.referrer_origin,
                "navigation_type": b.navigation_type,
                "network_hash": self._networks.hash_network(logged.network, day),
                "attributes": _json(_attributes(b)),
                "has_vitals": b.vitals is not None,
                "has_errors": b.errors is not None,
                "has_events": b.events is not None,
                "has_requests": b.requests is not None,
                "lcp_ms": v and v.lcp_ms,
                "inp_ms": v and v.inp_ms,
                "cls": v and v.cls,
                "fcp_ms": v and v.fcp_ms,
                "ttfb_ms": v and v.ttfb_ms,
                "vitals_attribution": v and _json(v.attribution),
                "weight_millionths": weigh(b.attributes, collector_ratio=logged.sample_ratio),
                "errors_from": since.errors,
                "events_from": since.events,
                "requests_from": since.requests,
            },
        )

    def _add_errors(self, position: int, logged: LoggedBeacon, placed: _Placed) -> None:
        first = logged.beacon.from_.errors if logged.beacon.from_ else 0
        for ordinal, e in enumerate(logged.beacon.errors or (), first):
            fingerprint = e.fingerprint or fingerprint_error(error_type=e.error_type, message=e.message, stack=e.stack)
            self._rows.add(
                "errors",
                {
                    **self._entry(position, ordinal, logged, placed, e.at_ms),
                    "error_type": e.error_type,
                    "message": e.message,
                    "stack": e.stack,
                    "fingerprint": fingerprint,
                    "source": e.source,
                    "count": e.count,
                    "is_harmless": e.error_type in HARMLESS_ERROR_TYPES,
                },
            )

    def _add_events(self, position: int, logged: LoggedBeacon, placed: _Placed) -> None:
        first = logged.beacon.from_.events if logged.beacon.from_ else 0
        for ordinal, e in enumerate(logged.beacon.events or (), first):
            self._rows.add(
                "events",
                {
                    **self._entry(position, ordinal, logged, placed, e.at_ms),
                    "name": self._names.admit(logged.app, "event", e.name, placed.day),
                    "value": e.value,
                    "attributes": _json(e.attributes),
                },
            )

    def _add_requests(self, position: int, logged: LoggedBeacon, placed: _Placed) -> None:
        first = logged.beacon.from_.requests if logged.beacon.from_ else 0
        for ordinal, r in enumerate(logged.beacon.requests or (), first):
            self._rows.add(
                "requests",
                {
                    **self._entry(position, ordinal, logged, placed, r.at_ms),
                    "method": r.method,
                    "route": self._names.admit(logged.app, "request_route", r.route, placed.day),
                    "status_code": r.status_code,
                    "duration_ms": r.duration_ms,
                    "server_version": r.server_version,
                    "trace_id": r.trace_id,
                    "count": r.count,
                },
            )

    def _entry(
        self, position: int, ordinal: int, logged: LoggedBeacon, placed: _Placed, at_ms: float
    ) -> dict[str, object]:
        return {
            "log_file": self._log_file,
            "log_position": position,
            "ordinal": ordinal,
            "app": logged.app,
            "page_view_id": logged.beacon.page_view_id,
            "occurred_at": placed.at(at_ms),
            "received_at": placed.received_at,
        }


class _Placed:
    """When things of one beacon occurred, on our clock (leadline.wire.occurrence); microseconds, as Arrow counts."""

    def __init__(self, logged: LoggedBeacon) -> None:
        received_at_ms = logged.received_at_ms
        if not 0 <= received_at_ms < 1 << _SEQ_SHIFT:
            raise OverflowError(f"received_at_ms {received_at_ms} is not a time")
        self._logged = logged
        self.received_at = received_at_ms * 1000
        self.day = date.fromordinal(_EPOCH_ORDINAL + received_at_ms // _DAY_MS)
        self.began_at = self.at(0)

    def at(self, at_ms: float) -> int:
        beacon = self._logged.beacon
        occurred = occurred_at_ms(
            received_at_ms=self._logged.received_at_ms,
            started_at_ms=beacon.started_at,
            sent_at_ms=beacon.sent_at,
            at_ms=at_ms,
            is_deferred=beacon.deferred,
        )
        return round(occurred * 1000)


def _synthetic(logged: LoggedBeacon) -> str | None:
    if logged.synthetic == "test" or logged.beacon.synthetic == "test" or is_marked_user_agent(logged.user_agent):
        return "test"
    return logged.synthetic


def _sdk_name(logged: LoggedBeacon) -> str:
    """Always `reports` for a browser's report, so that views can tell it from a page view."""
    return REPORTS if logged.client == REPORTS else logged.beacon.sdk_name or logged.client


def _attributes(beacon: Beacon) -> dict[str, object] | None:
    own = {
        "device_memory_gb": beacon.device_memory_gb,
        "cpu_tier": beacon.cpu_tier,
        "viewport": beacon.viewport,
        "sdk_version": beacon.sdk_version,
        "lost": beacon.lost or None,
    }
    return {**{k: v for k, v in own.items() if v is not None}, **(beacon.attributes or {})} or None


def _json(attributes: Mapping[str, object] | None) -> str | None:
    return msgspec.json.encode(attributes).decode() if attributes else None


def _path_of(url: str | None) -> str | None:
    if not url:
        return None
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return None
