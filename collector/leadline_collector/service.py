"""The collector as a service: binds its address, then serves, alone or with several worker processes."""

from __future__ import annotations

import logging
import resource
import socket

from leadline.errors import ConfigurationError
from leadline.settings import Settings
from leadline_collector.counting.shared_counts import forget_counts
from leadline_collector.processes.logs import start_logging
from leadline_collector.processes.server import BACKLOG, serve
from leadline_collector.processes.workers import supervise

# The usual limit of 1,024 is soon used up by connections that idle for their five seconds. Each costs 8 kB (measured
# with 5,000 that had sent a beacon), all of these 130 MB.
MOST_OPEN_FILES = 16_384
_log = logging.getLogger("leadline.collector")


def main(settings: Settings) -> int:
    """Blocks until SIGTERM; exit code 0. ConfigurationError (exit 2) if it can't listen or make its folders."""
    listening = bind(settings.collector.listen)
    start_logging()
    allow_connections()
    try:
        settings.paths.run.mkdir(parents=True, exist_ok=True)
        forget_counts(settings.paths.run)
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"the collector can't use its home: {error}", hint="make the folder writable or name another in [home] path"
        ) from error
    host, port = listening.getsockname()[:2]
    _log.info("listening on %s port %s", host, port)
    if settings.collector.workers == 1:
        return serve(settings, listening)
    return supervise(settings, listening)


def allow_connections() -> None:
    """Raises the number of files that may be open as far as this user may; workers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MOST_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind(address: str) -> socket.socket:
    """A listening socket; all workers share it, so a dead one leaves no connection waiting."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"the collector can't listen on {address}: {error.strerror or error}",
            hint="stop the program that uses the port, or choose another in [collector] listen",
        ) from error
    listening.setblocking(False)
    return listening
