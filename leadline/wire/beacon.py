"""A beacon as it is sent: what a page reports about one of its views.

Each section (`vitals`, `errors`, `events`, `requests`) contains the whole view so far. The highest `seq` wins section
by section; an absent section means unchanged. A long view may leave out items of earlier beacons: `from` says how many
they are, and the earlier ones stay. All fields except `key` and `page_view_id` are optional; unknown fields are
ignored, so a newer script can talk to an older collector. Times are the browser's clock in ms; `at_ms` counts from the
view's start.

Limits are annotations here if the decoder can check them: a name that is too long is rejected, because two cut
names would become one. Prose (messages, stacks, addresses) is cut by the collector's steps, which also clean it; for
that, these structs are not frozen. Nobody changes one after it is logged.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

SCHEMA_VERSION = 1

# A vital beyond an hour is a clock error, not an experience; web-vitals itself caps nothing.
Milliseconds = Annotated[float, Meta(ge=0, le=3_600_000)]
# CLS is a sum of layout-shift scores; 1,000 is far past any page and keeps sums finite.
LayoutShift = Annotated[float, Meta(ge=0, le=1_000)]
# 2100-01-01; a later browser clock is rejected rather than stored.
EpochMilliseconds = Annotated[float, Meta(ge=0, le=4_102_444_800_000)]
# `at_ms` counts from the view's start: views may be open for up to 30 days.
SinceStart = Annotated[float, Meta(ge=0, le=2_592_000_000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Stated = Annotated[int, Meta(ge=0, le=1_000_000)]
# The characters of an id, so that an e-mail address can't be one. `decoding.py` checks it: msgspec's `pattern`
# costs 1.1 of the decoder's 3.2 µs.
ID_PATTERN = r"^[A-Za-z0-9_.:\-]+$"
Id = Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": ID_PATTERN})]
Finite = Annotated[float, Meta(ge=-1e15, le=1e15)]
# A name is a value that is grouped by (version, cohort, event): 128 holds a SHA-512 in hex, OpenTelemetry has no limit.
Name = Annotated[str, Meta(max_length=128)]


class Vitals(Struct, omit_defaults=True, kw_only=True, gc=False):
    """Web Vitals of the view; an absent vital is not known yet. `attribution` names its cause."""

    lcp_ms: Milliseconds | None = None
    inp_ms: Milliseconds | None = None
    cls: LayoutShift | None = None
    fcp_ms: Milliseconds | None = None
    ttfb_ms: Milliseconds | None = None
    attribution: dict[Name, str | Finite] | None = None


class BeaconError(Struct, omit_defaults=True, kw_only=True, gc=False):
    """An error, counted by fingerprint: `count` occurrences, and the first one's stack."""

    message: str
    at_ms: SinceStart = 0
    error_type: str = "Error"
    stack: str | None = None
    count: Count = 1
    fingerprint: Name | None = None
    source: str | None = None


class BeaconEvent(Struct, omit_defaults=True, kw_only=True, gc=False):
    """A business event, recorded by `leadline.event(name, { value })`."""

    name: Annotated[str, Meta(min_length=1, max_length=128)]
    at_ms: SinceStart = 0
    value: Finite | None = None
    attributes: dict[Name, str | Finite | bool] | None = None


class BeaconRequest(Struct, omit_defaults=True, kw_only=True, gc=False):
    """A request that the page made. `status_code` 0 is a network error."""

    route: str
    at_ms: SinceStart = 0
    method: Name = "GET"
    status_code: Annotated[int, Meta(ge=0, le=999)] = 0
    duration_ms: Milliseconds | None = None
    server_version: Name | None = None
    trace_id: Name | None = None
    count: Count = 1


class From(Struct, omit_defaults=True, kw_only=True, gc=False):
    """How many items of a section were in earlier beacons and are left out of this one."""

    errors: Stated = 0
    events: Stated = 0
    requests: Stated = 0


class Beacon(Struct, omit_defaults=True, kw_only=True, gc=False):
    """One message about one page view."""

    key: Name
    page_view_id: Id
    seq: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    session_id: Id | None = None
    service_version: Name | None = None
    cohort: Name | None = None
    started_at: EpochMilliseconds | None = None
    sent_at: EpochMilliseconds | None = None
    deferred: bool = False
    synthetic: Literal["test"] | None = None
    url: str | None = None
    route: str | None = None
    referrer_origin: str | None = None
    navigation_type: Name | None = None
    effective_connection_type: Name | None = None
    device_memory_gb: Annotated[float, Meta(ge=0, le=4096)] | None = None
    cpu_tier: Annotated[int, Meta(ge=0, le=100)] | None = None
    viewport: Name | None = None
    sdk_name: Name | None = None
    sdk_version: Name | None = None
    trace_id: Name | None = None
    lost: Stated | None = None
    attributes: dict[Name, str | Finite | bool] | None = None
    # `from` is a Python keyword.
    from_: From | None = field(name="from", default=None)
    vitals: Vitals | None = None
    errors: list[BeaconError] | None = None
    events: list[BeaconEvent] | None = None
    requests: list[BeaconRequest] | None = None
