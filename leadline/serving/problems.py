"""Errors of an app as `application/problem+json` documents, from the one list in `leadline.wire.problems`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from leadline.errors import LeadlineError, QueryRefused, RecordsUnavailable, StorageUnavailable, StoreUnavailable
from leadline.wire.problems import MEDIA_TYPE, PROBLEMS, ProblemType, write_problem

_OF_STATUS = {404: ProblemType.NOT_FOUND, 405: ProblemType.METHOD_NOT_ALLOWED}
_OF_ERROR: list[tuple[type[LeadlineError], ProblemType]] = [
    (QueryRefused, ProblemType.QUERY_REFUSED),
    (StoreUnavailable, ProblemType.STORE_UNAVAILABLE),
    (RecordsUnavailable, ProblemType.RECORDS_UNAVAILABLE),
    (StorageUnavailable, ProblemType.STORAGE_UNAVAILABLE),
    (LeadlineError, ProblemType.FAULT),
]


class Problem(Exception):
    """Raised by a route: becomes one problem document."""

    def __init__(self, problem: ProblemType, detail: str = "", *, field: str | None = None, remedy: str = "") -> None:
        super().__init__(detail or problem)
        self.problem, self.detail, self.field, self.remedy = problem, detail, field, remedy


def problem_response(
    problem: ProblemType,
    detail: str = "",
    *,
    field: str | None = None,
    remedy: str = "",
    status_code: int | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer; `status_code` only where it is not the type's own."""
    status_code = status_code or PROBLEMS[problem].status_code
    document = write_problem(problem, detail, field=field, remedy=remedy, status_code=status_code, **more)
    return Response(document, status_code, headers, media_type=MEDIA_TYPE)


def install_problems(app: FastAPI) -> None:
    """Makes every error of `app` a problem document."""

    @app.exception_handler(Problem)
    async def _(_request: Request, error: Problem) -> Response:
        return problem_response(error.problem, error.detail, field=error.field, remedy=error.remedy)

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, error: RequestValidationError) -> Response:
        wrong = [{"field": _field(one["loc"]), "message": one["msg"]} for one in error.errors()]
        first = wrong[0]
        detail = f"{first['field']}: {first['message']}"
        return problem_response(ProblemType.INVALID_FIELD, detail, field=first["field"], errors=wrong)

    @app.exception_handler(HTTPException)
    async def _(_request: Request, error: HTTPException) -> Response:
        if (known := _OF_STATUS.get(error.status_code)) is not None:
            return problem_response(known, headers=error.headers)
        refused, status_code = ProblemType.REQUEST_REFUSED, error.status_code
        return problem_response(refused, str(error.detail), status_code=status_code, headers=error.headers)

    @app.exception_handler(LeadlineError)
    async def _(_request: Request, error: LeadlineError) -> Response:
        problem = next(problem for family, problem in _OF_ERROR if isinstance(error, family))
        headers = {"Retry-After": "1"} if PROBLEMS[problem].status_code == 503 else None
        return problem_response(problem, error.message, remedy=error.hint, headers=headers)

    @app.exception_handler(Exception)
    async def _(_request: Request, _error: Exception) -> Response:
        return problem_response(ProblemType.FAULT)


def _field(location: Sequence[str | int]) -> str:
    parts = [str(part) for part in location if part not in {"body", "query", "path", "header"}]
    return ".".join(parts) or str(location[0] if location else "body")
