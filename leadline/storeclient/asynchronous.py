"""The client for services: asyncio, one kept pool of connections, the same answers and errors as the blocking one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

from leadline.clock import monotonic_s
from leadline.errors import StoreUnavailable
from leadline.storeclient import exchange
from leadline.storeclient.blocking_client import LOOK_EVERY_S, ServiceGone, gone
from leadline.storeclient.exchange import Request, Response, StoreStarting
from leadline.storeclient.place import announced_socket
from leadline.storeclient.questions import Answered, Asked, Question, StoreStatus
from leadline.storeclient.sql import SqlAnswer, SqlAsked

T = TypeVar("T")


class AsyncStoreClient:
    """Use from one event loop; `run` and `wait_s` as for StoreClient. Close it with `close`."""

    def __init__(self, run: Path, *, wait_s: float = 0.0) -> None:
        self._run = run
        self._wait_s = wait_s
        self._path: Path | None = None
        self._client: httpx.AsyncClient | None = None

    async def ask(self, question: Question[Asked, Answered], asked: Asked) -> Answered:
        """Raises StoreUnavailable if nothing answers, QueryRefused if the question is wrong."""
        request = exchange.ask_request(question, asked)
        return await self._exchange(request, lambda response: exchange.read_answer(question, response))

    async def sql(self, asked: SqlAsked) -> SqlAnswer:
        """One SELECT. Raises StoreUnavailable, QueryRefused."""
        return await self._exchange(exchange.sql_request(asked), exchange.read_sql_answer)

    async def status(self) -> StoreStatus:
        """The service's status. Raises StoreUnavailable."""
        return exchange.read_status(await self._send(exchange.STATUS_REQUEST))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _exchange(self, request: Request, read: Callable[[Response], T]) -> T:
        give_up_at, tries = monotonic_s() + self._wait_s, 0
        while True:
            tries += 1
            try:
                return read(await self._send(request))
            except (StoreStarting, ServiceGone) as error:
                if monotonic_s() >= give_up_at and tries > 1:
                    raise StoreUnavailable(error.message, hint=error.hint) from error
            await asyncio.sleep(LOOK_EVERY_S)

    async def _send(self, request: Request) -> Response:
        path = announced_socket(self._run)
        try:
            answer = await self._client_of(path).request(
                request.method, request.path, content=request.body, timeout=request.patience_s
            )
        except httpx.TimeoutException as error:
            raise StoreUnavailable(f"the store service did not answer within {request.patience_s:g} s") from error
        except httpx.TransportError as error:
            raise gone(path, error) from error
        return Response(answer.status_code, answer.headers, answer.content)

    def _client_of(self, path: Path) -> httpx.AsyncClient:
        """One client a socket path: a service that starts anew may listen elsewhere."""
        if self._client is None or self._path != path:
            self._path = path
            self._client = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url=f"http://{exchange.HOST}", trust_env=False
            )
        return self._client
