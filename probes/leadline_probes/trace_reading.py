"""What a kept trace knows of the pages' consoles and requests, as files that need no viewer.

The trace has both anyway, so a run that passes pays nothing for them. Reads the masked archive, and keeps of a request
what a waterfall shows: no bodies, no cookies, and of the headers those that say what was served and by whom.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.plain_text import as_one_line

# Of each file; what comes later is counted.
MOST_BYTES = 200_000
_ROOM_FOR_COUNT = 500
_LONGEST_LINE = 2_000
_SERVER_ERROR = 400
_HEADERS = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "cache-control", "age", "etag", "location", "server"),
        *("server-timing", "via", "x-app-version", "x-cache", "x-leadline-run", "x-request-id", "traceparent"),
    }
)


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """`console` as text, `requests` as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/)."""

    console: str
    requests: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """One of a page, by its name in the archive; `at_ms` counts from anywhere."""

    file: str
    at_ms: float


def read_pictures(archive: zipfile.ZipFile) -> list[Picture]:
    """Those of the page that has most of them, in their order."""
    by_page: dict[str, list[Picture]] = {}
    names = set(archive.namelist())
    for event in _events(archive, ".trace", ("screencast-frame",)):
        if event.get("file") in names:
            by_page.setdefault(event["pageId"], []).append(Picture(event["file"], float(event["timestamp"])))
    most = max(by_page.values(), key=len) if by_page else []
    return sorted(most, key=lambda one: one.at_ms)


def read_trace(path: Path) -> TraceFacts:
    """OSError, zipfile.BadZipFile, ValueError or LookupError where the archive is none."""
    with zipfile.ZipFile(path) as archive:
        return TraceFacts(
            console=_write_console(list(_events(archive, ".trace", ("console", "event")))),
            requests=_write_har(
                [_trim(one["snapshot"]) for one in _events(archive, ".network", ("resource-snapshot",))]
            ),
        )


def _events(archive: zipfile.ZipFile, suffix: str, kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The lines of those kinds; the others (DOM snapshots) are large and are not decoded."""
    begins = tuple(f'{{"type":"{kind}"'.encode() for kind in kinds)
    for name in sorted(one for one in archive.namelist() if one.endswith(suffix)):
        with archive.open(name) as lines:
            for line in lines:
                if line.startswith(begins):
                    yield json.loads(line)


def _write_console(events: list[dict[str, Any]]) -> str:
    """`     1.234 s  error  text  (https://shop.example/app.js:7)`; seconds since the first line."""
    lines, size, left_out = [], 0, 0
    began_ms = events[0].get("time", 0.0) if events else 0.0
    for event in events:
        said = _read_line(event)
        if said is None:
            continue
        kind, text, place = said
        at_s = (event.get("time", 0.0) - began_ms) / 1000
        line = f"{at_s:9.3f} s  {kind:<7}  {as_one_line(text[:_LONGEST_LINE])}{place}"
        size += len(line.encode(errors="replace")) + 1
        if size > MOST_BYTES - _ROOM_FOR_COUNT:
            left_out += 1
        else:
            lines.append(line)
    if left_out:
        lines.append(f"… the file is full; left out: {left_out:,} lines")
    return "".join(f"{line}\n" for line in lines)


def _read_line(event: dict[str, Any]) -> tuple[str, str, str] | None:
    """Kind, text and place of what a page said or threw."""
    if event["type"] == "console":
        where = event.get("location", {})
        return event.get("messageType", "log"), event.get("text", ""), _place(where, "lineNumber")
    if event.get("method") != "pageError":
        return None
    params = event.get("params", {})
    error = params.get("error", {}).get("error") or {}
    text = f"{error.get('name', 'Error')}: {error.get('message', '')}"
    return "thrown", text, _place(params.get("location", {}), "line")


def _place(where: dict[str, Any], line: str) -> str:
    url = where.get("url")
    return f"  ({as_one_line(str(url)[:_LONGEST_LINE])}:{int(where.get(line, 0)) + 1})" if url else ""


def _trim(entry: dict[str, Any]) -> dict[str, Any]:
    """One request without what nobody reads in a waterfall."""
    request, answer = entry["request"], entry["response"]
    names = ("pageref", "startedDateTime", "time", "timings", "cache")
    kept: dict[str, Any] = {name: entry[name] for name in names if name in entry}
    kept["serverIPAddress"] = entry.get("serverIPAddress", "")
    kept["request"] = {
        **{name: request[name] for name in ("method", "httpVersion", "headersSize", "bodySize")},
        "url": request["url"][:_LONGEST_LINE],
        "headers": _keep_headers(request["headers"]),
        "cookies": [],
        "queryString": [],
    }
    content = answer.get("content", {})
    kept["response"] = {
        **{name: answer[name] for name in ("status", "statusText", "httpVersion", "headersSize", "bodySize")},
        "redirectURL": answer.get("redirectURL", ""),
        "headers": _keep_headers(answer["headers"]),
        "cookies": [],
        "content": {"size": content.get("size", -1), "mimeType": content.get("mimeType", "")},
    }
    if failure := answer.get("_failureText"):
        kept["response"]["_error"] = failure
    return kept


def _keep_headers(headers: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {"name": one["name"], "value": one["value"][:_LONGEST_LINE]}
        for one in headers
        if one["name"].lower() in _HEADERS
    ]


def _has_failed(entry: dict[str, Any]) -> bool:
    status: int = entry["response"]["status"]
    return status < 0 or status >= _SERVER_ERROR


def _write_har(entries: list[dict[str, Any]]) -> bytes:
    """In the order in which they began; where there are too many, those that failed stay and the latest go."""
    room = MOST_BYTES - _ROOM_FOR_COUNT
    kept = []
    for entry in sorted(entries, key=lambda one: (not _has_failed(one), one["startedDateTime"])):
        size = len(json.dumps(entry)) + 1
        if size <= room:
            room -= size
            kept.append(entry)
    left_out = len(entries) - len(kept)
    log: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "Leadline", "version": "1"},
        "entries": sorted(kept, key=lambda one: str(one["startedDateTime"])),
    }
    if left_out:
        log["comment"] = f"the file is full; left out: {left_out:,} requests"
    return json.dumps({"log": log}).encode()
