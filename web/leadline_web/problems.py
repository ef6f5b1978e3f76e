"""Errors as RFC 9457 `application/problem+json`: a stable `type`, a status, and the field that is wrong."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from leadline.errors import LeadlineError, QueryRefused, StorageUnavailable

# Stable names; where they are explained is documentation, not part of them.
TYPE_BASE = "https://leadline.dev/problems/"


class Problem(Exception):
    """Raised by a route: becomes one problem document."""

    def __init__(self, status: int, kind: str, detail: str, *, field: str | None = None, hint: str = "") -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.field, self.hint = status, kind, detail, field, hint


def problem_response(
    status: int, kind: str, detail: str, *, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """A problem document; extra members that are None or empty are left out."""
    document = {"type": TYPE_BASE + kind, "title": kind.replace("-", " "), "status": status, "detail": detail}
    document |= {name: value for name, value in extra.items() if value}
    return Response(
        msgspec.json.encode(document), status_code=status, media_type="application/problem+json", headers=headers
    )


def install_problems(app: FastAPI) -> None:
    """Makes every error of `app` a problem document."""

    @app.exception_handler(Problem)
    async def _(_request: Request, error: Problem) -> Response:
        return problem_response(error.status, error.kind, error.detail, field=error.field, hint=error.hint)

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> Response:
        wrong = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()]
        first = wrong[0]
        return problem_response(
            400, "invalid-field", f"{first['field']}: {first['message']}", field=first["field"], errors=wrong
        )

    @app.exception_handler(HTTPException)
    async def _(_request: Request, error: HTTPException) -> Response:
        kinds = {404: "not-found", 405: "method-not-allowed"}
        headers = dict(error.headers) if error.headers else None
        return problem_response(
            error.status_code, kinds.get(error.status_code, "http"), str(error.detail), headers=headers
        )

    @app.exception_handler(LeadlineError)
    async def _(_request: Request, error: LeadlineError) -> Response:
        if isinstance(error, QueryRefused):
            return problem_response(400, "query-refused", error.message, field="sql", hint=error.hint)
        if isinstance(error, StorageUnavailable):
            kind = {"StoreUnavailable": "store-unavailable", "RecordsUnavailable": "records-unavailable"}
            name = kind.get(type(error).__name__, "storage-unavailable")
            return problem_response(503, name, error.message, hint=error.hint, headers={"Retry-After": "1"})
        return problem_response(500, "fault", error.message, hint=error.hint)

    @app.exception_handler(Exception)
    async def _(_request: Request, _error: Exception) -> Response:
        return problem_response(500, "fault", "a fault of Leadline; the service's log shows where")


def _field(location: tuple[str | int, ...] | list[str | int]) -> str:
    parts = [str(part) for part in location if part not in {"body", "query", "path", "header"}]
    return ".".join(parts) or str(location[0] if location else "body")
