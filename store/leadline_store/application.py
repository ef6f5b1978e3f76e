"""The HTTP of the store service: `POST /ask/NAME`, `POST /sql`, `GET /status`, on a socket for this home's owner alone.

It is not a public interface: web, scheduler and command ask through leadline/storeclient, of the same version.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import duckdb
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import ConfigurationError, LeadlineError, QueryRefused
from leadline.store import QueryLimits, run_query
from leadline.storeclient import SqlAsked
from leadline.storeclient.exchange import StoreStarting
from leadline.storeclient.sql import MEDIA_TYPES
from leadline.wire.problems import MEDIA_TYPE, PROBLEMS, ProblemType, write_problem
from leadline_store.answers import ANSWERS, WRITING
from leadline_store.engine import Engine
from leadline_store.formats import write_table

_JSON = "application/json"


def build_app(engine: Engine) -> Starlette:
    """The ASGI application; its lifespan starts and stops the engine."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        engine.start()
        yield
        await asyncio.to_thread(engine.stop)

    async def ask(request: Request) -> Response:
        answer = ANSWERS.get(request.path_params["name"])
        if answer is None:
            return _problem(ProblemType.NOT_FOUND, f"there is no question {request.path_params['name']!r}")
        body = await request.body()
        is_writing = request.path_params["name"] in WRITING

        def answer_one() -> Response:
            with engine.asking(is_writing=is_writing) as store:
                return Response(answer(store, body), media_type=_JSON)

        return await _answered(engine, engine.figures, answer_one)

    async def sql(request: Request) -> Response:
        body = await request.body()
        return await _answered(engine, engine.sql, lambda: _answer_sql(engine, body))

    async def status(_: Request) -> Response:
        return Response(msgspec.json.encode(engine.status()), media_type=_JSON)

    routes = [
        Route("/ask/{name}", ask, methods=["POST"]),
        Route("/sql", sql, methods=["POST"]),
        Route("/status", status, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _answer_sql(engine: Engine, body: bytes) -> Response:
    asked = msgspec.json.decode(body, type=SqlAsked)
    limits = QueryLimits(max_rows=asked.max_rows, max_bytes=asked.max_bytes, timeout_s=asked.timeout_s)
    with engine.asking() as store:
        found = run_query(store, asked.sql, limits)
    headers = {"Leadline-Duration-Ms": f"{found.duration_ms:.0f}"}
    if found.truncated:
        headers["Leadline-Truncated"] = found.truncated
    body = write_table(found.table, asked.as_format, is_safe=asked.is_safe_csv)
    return Response(body, media_type=MEDIA_TYPES[asked.as_format], headers=headers)


async def _answered(engine: Engine, pool: ThreadPoolExecutor, answer: Callable[[], Response]) -> Response:
    """The answer, or why there is none. A question can cause errors; only bugs are logged."""
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, answer)
    except QueryRefused as error:
        return _problem(ProblemType.QUERY_REFUSED, error.message, error.hint)
    except ConfigurationError as error:
        return _problem(ProblemType.INVALID_FIELD, error.message, error.hint)
    except StoreStarting as error:
        return _problem(ProblemType.STORE_UNAVAILABLE, error.message, error.hint, is_starting=True)
    except (LeadlineError, duckdb.Error) as error:
        # The store was closed during the question and opens again in a moment: the caller asks again.
        return _problem(ProblemType.STORE_UNAVAILABLE, str(error), is_starting=engine.status().state == "starting")
    except Exception as error:
        traceback.print_exc()
        sys.stderr.flush()
        return _problem(
            ProblemType.FAULT, f"{type(error).__name__}: {error}", "The log of the store service shows where."
        )


def _problem(problem: ProblemType, detail: str, remedy: str = "", *, is_starting: bool = False) -> Response:
    document = write_problem(problem, detail, remedy=remedy, is_starting=is_starting)
    return Response(document, PROBLEMS[problem].status_code, media_type=MEDIA_TYPE)
