"""POST /v1/query: one read-only SELECT over the documented views, within limits."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from leadline.serving.problems import Problem
from leadline.storeclient import SqlAsked
from leadline.storeclient.sql import MEDIA_TYPES, SqlFormat
from leadline.wire.problems import ProblemType
from leadline_web.context import Context, context_of

router = APIRouter(tags=["query"])
# An answer is kept in memory as a whole, twice (in both processes): a million narrow rows still fit.
MOST_ROWS, MOST_SECONDS = 1_000_000, 120.0
MOST_BODY_BYTES = 200_000


class QueryBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sql: str = Field(min_length=1)
    max_rows: int = Field(default=SqlAsked(sql="").max_rows, ge=1, le=MOST_ROWS)
    timeout_s: float = Field(default=SqlAsked(sql="").timeout_s, gt=0, le=MOST_SECONDS)


@router.post(
    "/v1/query",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": QueryBody.model_json_schema()}}}},
)
async def query(request: Request, here: Annotated[Context, Depends(context_of)]) -> Response:
    """JSON `{"sql": ...}`, or the bare SELECT as text/plain. The header `Leadline-Truncated` marks a cut answer."""
    as_format = choose_format(request.headers.get("accept", ""))
    if as_format is None:
        raise Problem(ProblemType.NOT_ACCEPTABLE, f"available: {', '.join(MEDIA_TYPES.values())}", field="Accept")
    asked = await _read_body(request)
    found = await here.store.sql(
        SqlAsked(sql=asked.sql, as_format=as_format, max_rows=asked.max_rows, timeout_s=asked.timeout_s)
    )
    headers = {"Leadline-Duration-Ms": f"{found.duration_ms:.0f}"}
    if found.truncated:
        headers["Leadline-Truncated"] = found.truncated
    return Response(found.body, media_type=MEDIA_TYPES[as_format], headers=headers)


def choose_format(accept: str) -> SqlFormat | None:
    """The first supported media type of an Accept header, by its q, or None."""
    offers: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (word.strip().lower() for word in part.split(";"))
        quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            offers.append((-float(quality), place, media))
        except ValueError:
            continue
    for negative, _, media in sorted(offers):
        if negative < 0 and media in _WILD:
            return "json"
        if negative < 0 and media in _FORMATS:
            return _FORMATS[media]
    return None


_WILD = {"*/*", "application/*", ""}
_FORMATS = {media: as_format for as_format, media in MEDIA_TYPES.items()}


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
