"""The client for commands: blocking, on the standard library (an HTTP library costs more than the question).

Every question may be asked twice: if the service dies during one, the next service is asked once more.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TypeVar

from leadline.clock import monotonic_s
from leadline.errors import StoreUnavailable
from leadline.storeclient import exchange
from leadline.storeclient.exchange import Request, Response, StoreStarting
from leadline.storeclient.place import announced_socket
from leadline.storeclient.questions import Answered, Asked, Question, StoreStatus
from leadline.storeclient.sql import SqlAnswer, SqlAsked

LOOK_EVERY_S = 0.1
T = TypeVar("T")


class StoreClient:
    """`run` is the home's folder of that name; `wait_s` is how long a question waits for a service that is starting."""

    def __init__(self, run: Path, *, wait_s: float = 0.0) -> None:
        self._run = run
        self._wait_s = wait_s

    def ask(self, question: Question[Asked, Answered], asked: Asked) -> Answered:
        """Raises StoreUnavailable if nothing answers, QueryRefused if the question is wrong."""
        request = exchange.ask_request(question, asked)
        return self._exchange(request, lambda response: exchange.read_answer(question, response))

    def sql(self, asked: SqlAsked) -> SqlAnswer:
        """One SELECT. Raises StoreUnavailable, QueryRefused."""
        return self._exchange(exchange.sql_request(asked), exchange.read_sql_answer)

    def status(self) -> StoreStatus:
        """The service's status. Raises StoreUnavailable."""
        return exchange.read_status(self._send(exchange.STATUS_REQUEST))

    def _exchange(self, request: Request, read: Callable[[Response], T]) -> T:
        give_up_at, tries = monotonic_s() + self._wait_s, 0
        while True:
            tries += 1
            try:
                return read(self._send(request))
            except (StoreStarting, ServiceGone) as error:
                if monotonic_s() >= give_up_at and tries > 1:
                    raise StoreUnavailable(error.message, hint=error.hint) from error
            time.sleep(LOOK_EVERY_S)

    def _send(self, request: Request) -> Response:
        path = announced_socket(self._run)
        try:
            with closing(_UnixConnection(path, timeout=request.patience_s)) as connection:
                connection.request(request.method, request.path, body=request.body)
                answer = connection.getresponse()
                headers = {name.lower(): value for name, value in answer.getheaders()}
                return Response(answer.status, headers, answer.read())
        except TimeoutError as error:
            raise StoreUnavailable(f"the store service did not answer within {request.patience_s:g} s") from error
        except (OSError, HTTPException) as error:
            raise gone(path, error) from error


class ServiceGone(StoreUnavailable):
    """Nothing listens, or the service died while it answered."""


def gone(path: Path, error: Exception) -> ServiceGone:
    """The same message for both clients."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ServiceGone(
        f"the store service does not answer at {path}: {reason}",
        hint="`leadline up` starts it again when it dies, `leadline store` runs it alone",
    )


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, *, timeout: float) -> None:
        super().__init__(exchange.HOST, timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
