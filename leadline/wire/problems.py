"""Every error that a service returns over HTTP: one closed list, written as RFC 9457 `application/problem+json`.

`type` is stable and is what programs compare. The collector, web and the store service all answer from this list;
docs/problems.md shows it, and a test compares the two. The reasons for dropped beacons are a separate list
(`drops.py`), written in the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from leadline.wire.drops import Dropped

TYPE_BASE = "urn:leadline:"
MEDIA_TYPE = "application/problem+json"


class ProblemType(StrEnum):
    # of every service
    INVALID_FIELD = "invalid-field"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LARGE = "too-large"
    REQUEST_REFUSED = "request-refused"
    FAULT = "fault"
    # of the collector
    NO_SCRIPT = "no-script"
    ASK_DIRECTLY = "ask-directly"
    LOCAL_ONLY = "local-only"
    # of the collector: flags (OFREP)
    FLAG_NOT_JSON = "flag-not-json"
    FLAG_CONTEXT = "flag-context-invalid"
    FLAG_CONTEXT_TOO_LARGE = "flag-context-too-large"
    FLAG_TARGETING_KEY = "flag-targeting-key-missing"
    FLAG_KEY = "flag-key-unknown"
    FLAG_ORIGIN = "flag-origin-not-allowed"
    FLAG_RATE = "flag-rate-limited"
    FLAG_STREAMS = "flag-streams-full"
    # of the collector: connections
    NOT_HTTP = "closed:not_http"
    HALF_SENT = "closed:half_sent"
    SLOW_REQUEST = "closed:slow_request"
    HEADER_FLOOD = "closed:header_flood"
    PIPELINE_FLOOD = "closed:pipeline_flood"
    # of web: who may ask
    TOKEN = "token"
    ROLE = "role"
    ORIGIN = "origin"
    HOST = "host"
    LINK = "link"
    # of web: the requested object
    NOT_ACCEPTABLE = "not-acceptable"
    QUERY_REFUSED = "query-refused"
    UNKNOWN_APP = "unknown-app"
    UNKNOWN_MONITOR = "unknown-monitor"
    UNKNOWN_RUN = "unknown-run"
    UNKNOWN_INCIDENT = "unknown-incident"
    UNKNOWN_SILENCE = "unknown-silence"
    UNKNOWN_EVIDENCE = "unknown-evidence"
    UNKNOWN_FLAG = "unknown-flag"
    EVIDENCE_REMOVED = "evidence-removed"
    UNKNOWN_FILE = "unknown-file"
    NO_VIEWER = "no-viewer"
    # something needed for the answer is not available now
    STORE_UNAVAILABLE = "store-unavailable"
    RECORDS_UNAVAILABLE = "records-unavailable"
    STORAGE_UNAVAILABLE = "storage-unavailable"


@dataclass(frozen=True, slots=True)
class ProblemMeaning:
    """The fixed parts of a type. `remedy` is used if the code that found the problem has no better one."""

    status_code: int
    title: str
    remedy: str
    field: str | None = None


PROBLEMS: dict[ProblemType, ProblemMeaning] = {
    ProblemType.INVALID_FIELD: ProblemMeaning(
        400, "invalid field", "Correct the named field; /docs lists what the endpoint takes."
    ),
    ProblemType.NOT_FOUND: ProblemMeaning(
        404, "path not found", "/openapi.json lists every path. Beacons go to /v1/b, behind any prefix.", "path"
    ),
    ProblemType.METHOD_NOT_ALLOWED: ProblemMeaning(
        405, "method not allowed", "Use a method that the header Allow names.", "method"
    ),
    ProblemType.TOO_LARGE: ProblemMeaning(413, "request too large", "Send less in one request.", "body"),
    ProblemType.REQUEST_REFUSED: ProblemMeaning(
        400, "request refused", "Correct the request as `detail` says; /docs lists what the endpoint takes.", "request"
    ),
    ProblemType.FAULT: ProblemMeaning(
        500, "internal error", "Try again. If it fails again, report the traceback in the service's log as a bug."
    ),
    ProblemType.NO_SCRIPT: ProblemMeaning(
        404, "script not found", "Include the script as `leadline snippet` prints it.", "path"
    ),
    ProblemType.ASK_DIRECTLY: ProblemMeaning(
        403, "not for forwarded requests", "Ask the collector's own address, without a proxy.", "headers"
    ),
    ProblemType.LOCAL_ONLY: ProblemMeaning(
        403,
        "only for callers on this machine",
        "Ask on the collector's machine, by 127.0.0.1 or localhost.",
        "address",
    ),
    ProblemType.FLAG_NOT_JSON: ProblemMeaning(
        400, "request is not JSON", "Send a JSON object with a `context`.", "body"
    ),
    ProblemType.FLAG_CONTEXT: ProblemMeaning(
        400, "invalid context", "Send `context` as an object and `targetingKey` as a string.", "context"
    ),
    ProblemType.FLAG_CONTEXT_TOO_LARGE: ProblemMeaning(
        413, "context too large", "Send only the attributes that rules use.", "context"
    ),
    ProblemType.FLAG_TARGETING_KEY: ProblemMeaning(
        400,
        "targeting key missing",
        "Send context.targetingKey: the flag goes to a share of users.",
        "context.targetingKey",
    ),
    ProblemType.FLAG_KEY: ProblemMeaning(
        401,
        "app key missing or unknown",
        "Send the app's public key: `?key=pk_…`, `Authorization: Bearer pk_…` or `X-API-Key: pk_…`.",
        "key",
    ),
    ProblemType.FLAG_ORIGIN: ProblemMeaning(
        403, "origin not allowed", "Add the page's origin to `origins` of the app.", "Origin"
    ),
    ProblemType.FLAG_RATE: ProblemMeaning(429, "too many requests", "Wait as long as Retry-After says.", "address"),
    ProblemType.FLAG_STREAMS: ProblemMeaning(
        503,
        "too many open streams",
        "Ask for the flags without a stream, or wait as long as Retry-After says.",
        "request",
    ),
    ProblemType.NOT_HTTP: ProblemMeaning(
        400, "invalid HTTP request", "Send HTTP/1.1 with one Content-Length or chunks.", "request"
    ),
    ProblemType.HALF_SENT: ProblemMeaning(
        400, "connection closed before the request ended", "Send it again.", "request"
    ),
    ProblemType.SLOW_REQUEST: ProblemMeaning(
        408, "request not complete within 15 s", "Send it again, without a pause.", "request"
    ),
    ProblemType.HEADER_FLOOD: ProblemMeaning(
        431, "more than 32 kB or 100 lines of headers", "Send fewer or shorter headers.", "headers"
    ),
    ProblemType.PIPELINE_FLOOD: ProblemMeaning(
        431, "too many requests before the first answer", "Wait for answers.", "request"
    ),
    ProblemType.TOKEN: ProblemMeaning(
        401,
        "token missing or unknown",
        "Send a token of [web.tokens] as `Authorization: Bearer TOKEN`; the command reads it from LEADLINE_TOKEN.",
        "Authorization",
    ),
    ProblemType.ROLE: ProblemMeaning(
        403, "role not sufficient", "Use a token of [web.tokens] that has the needed role.", "Authorization"
    ),
    ProblemType.ORIGIN: ProblemMeaning(
        403, "request from another site", "Open the dashboard at its own address, or set [web] public_url.", "Origin"
    ),
    ProblemType.HOST: ProblemMeaning(
        421, "unknown host name", "Use this machine's address, or set [web] public_url to the name you use.", "Host"
    ),
    ProblemType.LINK: ProblemMeaning(
        403, "link not valid", "Open the newest page about it, or the dashboard: a link ends with its incident."
    ),
    ProblemType.NOT_ACCEPTABLE: ProblemMeaning(
        406, "format not available", "Send an Accept header that names one of the formats in `detail`.", "Accept"
    ),
    ProblemType.QUERY_REFUSED: ProblemMeaning(
        400, "query refused", "Send one read-only SELECT over the tables of docs/tables.md.", "sql"
    ),
    ProblemType.UNKNOWN_APP: ProblemMeaning(404, "unknown app", "Use the name of an [[app]] of leadline.toml.", "app"),
    ProblemType.UNKNOWN_MONITOR: ProblemMeaning(
        404, "unknown journey or check", "GET /v1/journeys and `leadline status` list what is scheduled.", "name"
    ),
    ProblemType.UNKNOWN_RUN: ProblemMeaning(
        404, "unknown run", "GET /v1/journeys lists the last run of each monitor.", "run_id"
    ),
    ProblemType.UNKNOWN_INCIDENT: ProblemMeaning(
        404, "unknown incident", "GET /v1/incidents lists the incidents.", "incident_id"
    ),
    ProblemType.UNKNOWN_SILENCE: ProblemMeaning(
        404, "unknown silence", "GET /v1/silences lists the silences in force.", "silence_id"
    ),
    ProblemType.UNKNOWN_EVIDENCE: ProblemMeaning(
        404, "unknown evidence", "GET /v1/runs/{run_id} lists the run's evidence.", "name"
    ),
    ProblemType.UNKNOWN_FLAG: ProblemMeaning(
        404, "unknown flag", "`leadline flag list` and GET /v1/flags list the flags.", "key"
    ),
    ProblemType.EVIDENCE_REMOVED: ProblemMeaning(
        410, "evidence removed", "Keep evidence longer with [home] evidence_max_age and evidence_max_bytes.", "name"
    ),
    ProblemType.UNKNOWN_FILE: ProblemMeaning(404, "unknown file", "Reload the dashboard.", "path"),
    ProblemType.NO_VIEWER: ProblemMeaning(
        404,
        "trace viewer not installed",
        "Install leadline[probes] beside web, or run `playwright show-trace FILE`.",
        "path",
    ),
    ProblemType.STORE_UNAVAILABLE: ProblemMeaning(
        503, "store not available", "Try again in a second: the store is starting. Records are answered meanwhile."
    ),
    ProblemType.RECORDS_UNAVAILABLE: ProblemMeaning(
        503, "records not available", "Try again in a second; if the error persists, check the database of the records."
    ),
    ProblemType.STORAGE_UNAVAILABLE: ProblemMeaning(
        503, "storage not available", "Try again in a second; if the error persists, check the disk of the home."
    ),
}


def write_problem(
    problem: ProblemType,
    detail: str = "",
    *,
    field: str | None = None,
    remedy: str = "",
    status_code: int | None = None,
    **more: Any,
) -> bytes:
    """The document; `status_code` only if it is not the type's own. `more` are extension members (RFC 9457 3.2)."""
    meaning = PROBLEMS[problem]
    return _write(
        problem,
        title=meaning.title,
        status_code=status_code or meaning.status_code,
        detail=detail or meaning.title,
        field=field or meaning.field,
        remedy=remedy or meaning.remedy,
        more={name: value for name, value in more.items() if value},
    )


def write_dropped(dropped: Dropped, *, status_code: int, more: dict[str, Any]) -> bytes:
    """The document for a beacon that was dropped; `status_code` differs from the reason's for a whole array."""
    reason = dropped.reason.value
    return _write(
        f"dropped:{reason}",
        title=reason.replace("_", " "),
        status_code=status_code,
        detail=dropped.detail or dropped.remedy,
        field=dropped.field,
        remedy=dropped.remedy,
        more={"reason": reason, **more},
    )


def _write(
    name: str, *, title: str, status_code: int, detail: str, field: str | None, remedy: str, more: dict[str, Any]
) -> bytes:
    document = {
        "type": TYPE_BASE + name,
        "title": title,
        "status": status_code,
        "detail": detail,
        "remedy": remedy,
        **({"field": field} if field else {}),
        **more,
    }
    return msgspec.json.encode(document)
