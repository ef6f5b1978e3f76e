"""What browsers report by themselves: the Reporting API (CSP, deprecation, intervention, permissions policy, crash,
network errors) and CSP's older form. One POST mixes kinds; each report becomes a beacon of its own with one error.

A report names no page view of ours, so its beacon gets an id of its own; the log says `client = "reports"`, and nothing
counts it as a view.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from leadline.clock import new_id
from leadline.wire import Beacon, BeaconError, Dropped, DropReason
from leadline_collector.adapters.seam import Adapter, Foreign

# A report waits in the browser for a day at most (Reporting API, "max_age" apart); older ages are nonsense.
OLDEST_MS = 7 * 24 * 3600 * 1000
# Our own routes behind our usual prefix, or any route of ours on our own host.
_OURS = re.compile(r"/_l/[^?#]*$|/v1/(?:b|beacon)$")
_OURS_ON_OUR_HOST = re.compile(r"/(?:v1/(?:b|beacon)|reports(?:/[^/]+){0,2}|b(?:[.\-][\w.]+)?\.js)$")

Text = str | None
Number = float | None


class _CrashApi(Struct):
    version: Text = None
    page_view_id: Text = None


class _Body(Struct, rename="camel"):
    """The fields we read of any kind's body; Reporting API, CSP3, Network Error Logging, Deprecation, Intervention."""

    # csp-violation
    effective_directive: Text = None
    blocked_url: Text = field(default=None, name="blockedURL")
    disposition: Text = None
    # where in the code
    source_file: Text = None
    line_number: Number = None
    column_number: Number = None
    # deprecation, intervention, permissions-policy-violation
    id: Text = None
    message: Text = None
    policy_id: Text = None
    feature_id: Text = None
    # crash
    reason: Text = None
    crash_report_api: _CrashApi | None = field(default=None, name="crash_report_api")
    # network-error
    type: Text = None
    phase: Text = None
    method: Text = None
    status_code: Number = field(default=None, name="status_code")
    sampling_fraction: Number = field(default=None, name="sampling_fraction")
    # any: what a page adds
    version: Text = None


class _Report(Struct):
    type: str
    age: float = 0
    url: str = ""
    body: _Body | None = None


class _LegacyBody(Struct, rename="kebab"):
    """CSP level 2, `report-uri`."""

    document_uri: str = ""
    violated_directive: Text = None
    effective_directive: Text = None
    blocked_uri: Text = None
    disposition: Text = None
    source_file: Text = None
    line_number: Number = None
    column_number: Number = None


class _Legacy(Struct):
    report: _LegacyBody = field(name="csp-report")


_split = msgspec.json.Decoder(list[msgspec.Raw])
_decode_report = msgspec.json.Decoder(_Report)
_decode_legacy = msgspec.json.Decoder(_Legacy)


def translate(foreign: Foreign) -> list[Beacon | Dropped] | Dropped:
    """One beacon (or why not) for each report."""
    start = foreign.body.lstrip()[:1]
    try:
        if start == b"[":
            return [_translate_one(foreign, raw, index) for index, raw in enumerate(_split.decode(foreign.body))]
        if b'"csp-report"' in foreign.body:
            return [_describe(foreign, _modernize(_decode_legacy.decode(foreign.body).report))]
        return [_translate_one(foreign, msgspec.Raw(foreign.body), None)]
    except msgspec.ValidationError as error:
        return _invalid(error, None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Dropped(DropReason.MALFORMED, f"not JSON: {type(error).__name__}", "body")


def _translate_one(foreign: Foreign, raw: msgspec.Raw, index: int | None) -> Beacon | Dropped:
    try:
        return _describe(foreign, _decode_report.decode(raw))
    except msgspec.ValidationError as error:
        return _invalid(error, index)


def _invalid(error: msgspec.ValidationError, index: int | None) -> Dropped:
    problem, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").removeprefix(".")
    prefix = "" if index is None else f"[{index}]"
    return Dropped(DropReason.INVALID_FIELD, problem, (f"{prefix}.{place}" if place else prefix).lstrip(".") or "body")


def _describe(foreign: Foreign, report: _Report) -> Beacon | Dropped:
    if _is_ours(report.url, foreign.own_hosts):
        return Dropped(DropReason.OWN_ADDRESS, report.type[:64], "url")
    body = report.body or _Body()
    crash = body.crash_report_api or _CrashApi()
    age_ms = min(max(report.age, 0.0), OLDEST_MS)
    return Beacon(
        key=foreign.key,
        page_view_id=new_id(),
        service_version=_name(crash.version or body.version or foreign.service_version),
        started_at=foreign.received_at_ms - age_ms,
        url=report.url or None,
        sdk_name="reports",
        attributes={"reported_page_view_id": crash.page_view_id} if crash.page_view_id else None,
        errors=[
            BeaconError(
                error_type=report.type or "report",
                message=_tell(report.type, body),
                source=_place(body),
                count=_weigh(body),
            )
        ],
    )


def _tell(kind: str, body: _Body) -> str:
    if kind == "csp-violation":
        return f"{body.effective_directive or 'policy'} blocked {body.blocked_url or 'something'} ({body.disposition})"
    if kind == "network-error":
        status = f", status {body.status_code:.0f}" if body.status_code else ""
        return f"{body.type or 'unknown'} in {body.phase or 'unknown phase'} of {body.method or 'a request'}{status}"
    if kind == "crash":
        return f"the page crashed: {body.reason or 'no reason given'}"
    name = body.id or body.policy_id or body.feature_id
    said = body.message or body.reason or ""
    return ": ".join(part for part in (name, said) if part) or kind


def _place(body: _Body) -> str | None:
    if not body.source_file:
        return None
    numbers = [f":{number:.0f}" for number in (body.line_number, body.column_number) if number is not None]
    return body.source_file + "".join(numbers)


def _weigh(body: _Body) -> int:
    """How many events one sampled network-error report stands for."""
    fraction = body.sampling_fraction
    return 1 if not fraction or not 0 < fraction <= 1 else min(round(1 / fraction), 1_000_000)


def _name(version: str | None) -> str | None:
    return version[:128] if version else None


def _modernize(legacy: _LegacyBody) -> _Report:
    body = _Body(
        effective_directive=legacy.effective_directive or legacy.violated_directive,
        blocked_url=legacy.blocked_uri,
        disposition=legacy.disposition or "enforce",
        source_file=legacy.source_file,
        line_number=legacy.line_number,
        column_number=legacy.column_number,
    )
    return _Report(type="csp-violation", url=legacy.document_uri, body=body)


def _is_ours(url: str, own_hosts: frozenset[str]) -> bool:
    """A report about the collector itself would cause the next one, and so for ever."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if _OURS.search(parts.path):
        return True
    return parts.netloc.lower() in own_hosts and bool(_OURS_ON_OUR_HOST.search(parts.path))


REPORTS = Adapter(
    name="reports",
    summary="Browser reports: Reporting API, Network Error Logging, CSP",
    paths=("/reports", "/reports/{key}", "/reports/{key}/{version}"),
    types=frozenset({b"application/reports+json", b"application/csp-report", b"application/json", b"text/plain"}),
    translate=translate,
)
