"""What is told about a request that is no beacon: RFC 9457, each with a stable type, the field and what mends it.

docs/drops.md has the list. Beacons are answered by `answers.py`, broken connections by `refusing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi.responses import JSONResponse


class Problem(StrEnum):
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NO_SCRIPT = "no-script"
    ASK_DIRECTLY = "ask-directly"
    LOCAL_ONLY = "local-only"


@dataclass(frozen=True, slots=True)
class _Told:
    status_code: int
    title: str
    field: str
    remedy: str


PROBLEMS: dict[Problem, _Told] = {
    Problem.NOT_FOUND: _Told(
        404, "no such path", "path", "Beacons go to /v1/b, behind any prefix; /openapi.json lists every path."
    ),
    Problem.METHOD_NOT_ALLOWED: _Told(
        405, "the path does not take this method", "method", "Use a method that the header Allow names."
    ),
    Problem.NO_SCRIPT: _Told(404, "no such script", "path", "Include the script as `leadline snippet` prints it."),
    Problem.ASK_DIRECTLY: _Told(
        403, "not for requests that a proxy forwarded", "headers", "Ask the collector's own address, without a proxy."
    ),
    Problem.LOCAL_ONLY: _Told(
        403, "only for callers on this machine", "address", "Ask on the collector's machine, by 127.0.0.1 or localhost."
    ),
}


def answer_problem(problem: Problem, *, detail: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer; without `detail` the title says it all."""
    said = PROBLEMS[problem]
    told = {
        "type": f"urn:leadline:{problem}",
        "title": said.title,
        "status": said.status_code,
        "detail": detail or said.title,
        "field": said.field,
        "remedy": said.remedy,
    }
    return JSONResponse(told, said.status_code, headers, media_type="application/problem+json")
