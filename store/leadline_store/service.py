"""The store service as a process: listens on the home's Unix socket, serves until SIGTERM, ends within ten seconds.

A query that uses up the memory ends only this process; the supervisor starts another.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import uvicorn

from leadline.errors import ConfigurationError, LeadlineError
from leadline.settings import Settings
from leadline.workers.lifeline import PARENT_PID, die_with_parent
from leadline_store.answers import find_unanswered
from leadline_store.application import build_app
from leadline_store.engine import OUR_FAULT, Engine
from leadline_store.listener import listening_socket

# Of the ten seconds for the end: requests get these, the batch being loaded the rest.
REQUESTS_GRACE_S = 4


def main(settings: Settings) -> int:
    """Blocks until it is stopped. 0 stopped, 2 configuration, 3 the store can't be opened, 70 an error inside Leadline.

    The caller holds the home's lock `run/store.lock`.
    """
    if os.environ.get(PARENT_PID):
        die_with_parent()
    if unanswered := find_unanswered():
        raise AssertionError(f"questions without an answer: {', '.join(unanswered)}")
    try:
        settings.paths.create_folders()
        with listening_socket(settings.paths.run) as listening:
            return _serve(settings, listening)
    except LeadlineError as error:
        print(f"leadline store: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"leadline store: the home {settings.paths.home} can't be used: {error}", file=sys.stderr)
        return ConfigurationError.exit_code


def _serve(settings: Settings, listening: socket.socket) -> int:
    told: list[int] = []
    # uvicorn handles signals while it serves and raises them again when it has stopped; this ignores them then
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    failures: list[int] = []

    def fail(code: int) -> None:
        failures.append(code)
        server.should_exit = True

    config = uvicorn.Config(
        build_app(Engine(settings, on_failure=fail)),
        loop="asyncio",  # questions are few and long: a faster loop does not help
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=REQUESTS_GRACE_S,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    server.should_exit = bool(told)
    server.run(sockets=[listening])
    if failures:
        return failures[0]
    return 0 if server.started else OUR_FAULT
