"""Reports that browsers send by themselves: the Reporting API (CSP, deprecation, intervention, permissions policy,
crash, network errors) and CSP's older form. One POST mixes kinds; each report becomes its own beacon with one error.

A report names none of our page views, so its beacon gets a new id; the log says `client = "reports"`, and nothing
counts it as a view.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct, field

from leadline.clock import new_id
from leadline.wire import Beacon, BeaconError, Dropped, DropReason, find_fault, split_array
from leadline.wire.beacon import ID_PATTERN
from leadline_collector.adapters.own_addresses import is_ours
from leadline_collector.adapters.seam import Adapter, Foreign

# A report waits in the browser for at most a day (Reporting API, apart from "max_age"); older ages are invalid.
OLDEST_MS = 7 * 24 * 3600 * 1000
# A view's id and nothing else: the cleaning of texts leaves it alone.
REPORTED_VIEW = "reported_page_view_id"
_LONGEST_ID = 64
# A number in text. No file has a line beyond a billion (V8's longest string is half of that), so more is invalid.
_WRITTEN = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
HIGHEST = 1e9

Text = str | None
# An optional number in the report: as a number or text; anything else is ignored.
Number = object


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
    stack: Text = None
    crash_report_api: _CrashApi | None = field(default=None, name="crash_report_api")
    # network-error
    type: Text = None
    phase: Text = None
    method: Text = None
    referrer: Text = None
    status_code: Number = field(default=None, name="status_code")
    sampling_fraction: Number = field(default=None, name="sampling_fraction")
    # any: what a page adds
    version: Text = None


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


class _Report(Struct):
    """Either form: the older one has only `csp-report`."""

    type: Text = None
    age: float = 0
    url: str = ""
    body: _Body | None = None
    legacy: _LegacyBody | None = field(default=None, name="csp-report")


_decode_report = msgspec.json.Decoder(_Report)


def translate(foreign: Foreign) -> list[Beacon | Dropped] | Beacon | Dropped:
    """One beacon (or why not) for each report; CSP's older form comes alone."""
    start = foreign.body.lstrip()[:1]
    if not start:
        return Dropped(DropReason.EMPTY, "no report", "body")
    if start != b"[":
        return _translate_one(foreign, msgspec.Raw(foreign.body), "")
    reports = split_array(foreign.body)
    if isinstance(reports, Dropped):
        return reports
    return [_translate_one(foreign, raw, f"[{index}]") for index, raw in enumerate(reports)]


def _translate_one(foreign: Foreign, raw: msgspec.Raw, place: str) -> Beacon | Dropped:
    try:
        report = _decode_report.decode(raw)
    except msgspec.ValidationError as error:
        problem, _, field_name = str(error).partition(" - at `$")
        return _refuse(DropReason.INVALID_FIELD, problem, place, field_name.rstrip("`"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = find_fault(bytes(raw))
        detail = fault.detail if fault else f"not JSON: {type(error).__name__}"
        return _refuse(DropReason.MALFORMED, detail, place, fault.field if fault and fault.field != "body" else "")
    if report.legacy is not None:
        report = _modernize(report.legacy)
    if report.type is None:
        return _refuse(DropReason.INVALID_FIELD, "Object missing required field `type`", place, "type")
    return _describe(foreign, report, report.type.strip() or "report")


def _refuse(reason: DropReason, detail: str, place: str, field_name: str | None) -> Dropped:
    """`place` is the report's place in its array, empty if it is alone; `[0].body.age`, or `body` for the whole."""
    inside = (field_name or "").removeprefix(".")
    joined = f"{place}.{inside}" if place and inside and not inside.startswith("[") else f"{place}{inside}"
    return Dropped(reason, detail, joined or "body")


def _is_id(text: str) -> bool:
    return len(text) <= _LONGEST_ID and re.fullmatch(ID_PATTERN, text) is not None


def _describe(foreign: Foreign, report: _Report, kind: str) -> Beacon | Dropped:
    body = report.body or _Body()
    if kind == "network-error" and is_ours(report.url, foreign, page=body.referrer or ""):
        return Dropped(DropReason.OWN_ADDRESS, kind, "url")
    if body.blocked_url and is_ours(body.blocked_url, foreign, page=report.url):
        field_name = "body.blockedURL" if report.legacy is None else "csp-report.blocked-uri"
        return Dropped(DropReason.OWN_ADDRESS, kind, field_name)
    crash = body.crash_report_api or _CrashApi()
    age_ms = min(max(report.age, 0.0), OLDEST_MS)
    return Beacon(
        key=foreign.key,
        page_view_id=new_id(),
        service_version=_name(crash.version or body.version or foreign.service_version),
        started_at=foreign.received_at_ms - age_ms,
        url=report.url or None,
        sdk_name="reports",
        attributes={REPORTED_VIEW: view} if (view := crash.page_view_id) and _is_id(view) else None,
        errors=[
            BeaconError(
                error_type=kind,
                message=_tell(kind, body),
                stack=body.stack,
                source=_place(body),
                count=_weigh(body),
            )
        ],
    )


def _tell(kind: str, body: _Body) -> str:
    if kind == "csp-violation":
        return f"{body.effective_directive or 'policy'} blocked {body.blocked_url or 'something'} ({body.disposition})"
    if kind == "network-error":
        status_code = _number(body.status_code)
        status = f", status {status_code:.0f}" if status_code else ""
        return f"{body.type or 'unknown'} in {body.phase or 'unknown phase'} of {body.method or 'a request'}{status}"
    if kind == "crash":
        return f"the page crashed: {body.reason or 'no reason given'}"
    name = _first(body.id, body.policy_id, body.feature_id)
    said = _first(body.message, body.reason) or (f"blocked {body.blocked_url}" if body.blocked_url else "")
    return ": ".join(part for part in (name, said) if part) or kind


def _first(*texts: Text) -> str:
    """The first that is not empty."""
    return next((text for text in texts if text and not text.isspace()), "")


def _place(body: _Body) -> str | None:
    if not body.source_file:
        return None
    numbers = [_number(said) for said in (body.line_number, body.column_number)]
    return body.source_file + "".join(f":{number:.0f}" for number in numbers if number is not None)


def _number(said: Number) -> float | None:
    """Some senders write `"line-number": "12"`. An invalid number is left out; the report is kept."""
    if isinstance(said, str):
        return float(said) if _WRITTEN.fullmatch(said) else None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if 0 <= said <= HIGHEST else None


def _weigh(body: _Body) -> int:
    """How many events one sampled network-error report stands for."""
    fraction = _number(body.sampling_fraction)
    return 1 if not fraction or fraction > 1 else round(min(1 / fraction, 1_000_000))


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
    return _Report(type="csp-violation", url=legacy.document_uri, body=body, legacy=legacy)


REPORTS = Adapter(
    name="reports",
    summary="Browser reports: Reporting API, Network Error Logging, CSP",
    paths=("/reports", "/reports/{key}", "/reports/{key}/{version:path}"),
    types=frozenset({b"application/reports+json", b"application/csp-report", b"application/json", b"text/plain"}),
    translate=translate,
)
