"""The web service as a process: binds first, announces its address, serves until SIGTERM, ends within ten seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from leadline import clock
from leadline.errors import ConfigurationError, LeadlineError
from leadline.settings import Settings
from leadline.workers.lifeline import PARENT_PID, die_with_parent
from leadline_web.application import build_app
from leadline_web.saved_settings import check_listen

# Of the ten seconds that an end may take.
REQUESTS_GRACE_S = 4


def main(settings: Settings) -> int:
    """Blocks until it is stopped. 0 stopped, 2 configuration (port taken, no tokens), 70 an error inside Leadline."""
    if os.environ.get(PARENT_PID):
        die_with_parent()
    try:
        check_listen(settings)
        settings.paths.create_folders()
        with _bound(settings.web.listen) as listening, _announced(settings, listening):
            return _serve(settings, listening)
    except LeadlineError as error:
        print(f"leadline web: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"leadline web: the home {settings.paths.home} can't be used: {error}", file=sys.stderr)
        return ConfigurationError.exit_code


def _serve(settings: Settings, listening: socket.socket) -> int:
    told: list[int] = []
    # uvicorn handles signals while it serves and raises them again when it has stopped; this ignores them then
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    config = uvicorn.Config(
        build_app(settings),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=REQUESTS_GRACE_S,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    server.should_exit = bool(told)
    server.run(sockets=[listening])
    return 0 if server.started else 70


@contextmanager
def _bound(listen: str) -> Iterator[socket.socket]:
    host, _, port = listen.rpartition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise ConfigurationError(
            f"web can't listen on {listen}: {error.strerror or error}",
            hint="end what holds the port, or set another address in [web] listen",
        ) from error
    with listening:
        yield listening


@contextmanager
def _announced(settings: Settings, listening: socket.socket) -> Iterator[None]:
    """<home>/run/web.json: where a command finds us. Removed at the end; a stale one names a pid that no longer
    runs.
    """
    host, port = listening.getsockname()[:2]
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    url = f"http://[{reach}]:{port}" if ":" in reach else f"http://{reach}:{port}"
    file = settings.paths.run / "web.json"
    text = json.dumps({"pid": os.getpid(), "url": url, "started_at": clock.now().isoformat()})
    _replace(file, text)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _replace(file: Path, text: str) -> None:
    """Written atomically: a reader sees the old or the new file."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
