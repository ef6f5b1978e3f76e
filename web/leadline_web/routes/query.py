"""POST /v1/query: one read-only SELECT over the documented views, within limits."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from leadline.serving.problems import Problem
from leadline.store.queries import QueryLimits
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, context_of
from leadline_web.formats import FORMATS, choose_format, read_stream

router = APIRouter(tags=["query"])
# An answer is held in memory whole, twice (in both processes): a million narrow rows still fit.
MOST_ROWS, MOST_SECONDS = 1_000_000, 120.0
MOST_BODY_BYTES = 200_000


class QueryBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sql: str = Field(min_length=1)
    max_rows: int = Field(default=QueryLimits().max_rows, ge=1, le=MOST_ROWS)
    timeout_s: float = Field(default=QueryLimits().timeout_s, gt=0, le=MOST_SECONDS)


@router.post(
    "/v1/query",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": QueryBody.model_json_schema()}}}},
)
async def query(request: Request, here: Annotated[Context, Depends(context_of)]) -> Response:
    """JSON `{"sql": ...}`, or the bare SELECT as text/plain. The header `Leadline-Truncated` marks a cut answer."""
    media = choose_format(request.headers.get("accept", ""))
    if media is None:
        raise Problem(ProblemType.NOT_ACCEPTABLE, f"available: {', '.join(FORMATS)}", field="Accept")
    asked = await _read_body(request)
    found = await here.store.query(
        asked.sql, max_rows=asked.max_rows, max_bytes=QueryLimits().max_bytes, timeout_s=asked.timeout_s
    )
    headers = {"Leadline-Duration-Ms": f"{found.duration_ms:.0f}"}
    if found.truncated:
        headers["Leadline-Truncated"] = found.truncated
    try:
        body = await run_in_threadpool(lambda: FORMATS[media](read_stream(found.arrow)))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise Problem(
            ProblemType.NOT_ACCEPTABLE,
            f"{media} can't hold this answer: {error}",
            remedy="Cast the column in the SELECT, or ask for another format.",
        ) from error
    return Response(body, media_type=media, headers=headers)


async def _read_body(request: Request) -> QueryBody:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise Problem(ProblemType.TOO_LARGE, f"more than {MOST_BODY_BYTES} bytes", field="sql")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind in {"text/plain", "application/sql"}:
            return QueryBody(sql=body.decode())
        return QueryBody.model_validate_json(bytes(body))
    except UnicodeDecodeError as error:
        raise Problem(ProblemType.INVALID_FIELD, "not UTF-8", field="sql") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise Problem(ProblemType.INVALID_FIELD, f"{field}: {first['msg']}", field=field) from error
