"""Checks for everything that would prevent a start, before anything is started: one message each, with its remedy."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from leadline.clock import monotonic_s
from leadline.errors import BrowserMissing, ConfigurationError
from leadline.settings import Settings
from leadline.settings.addresses import split_listen

# Children of a killed supervisor free their ports within 2 s (workers/lifeline); more on a busy machine.
PORT_WAIT_S = 5.0
# One import name for each extra: a package that only this extra installs.
_EXTRAS = {
    "collector": "httptools",
    "scheduler": "apscheduler",
    "store": "duckdb",
    "web": "fastapi",
    "probes": "playwright",
}


def prepare_home(settings: Settings) -> None:
    """Makes the home's folders; ConfigurationError if they can't be written."""
    paths = settings.paths
    try:
        paths.create_folders()
        for folder in {paths.run, paths.beacon_log, paths.evidence, paths.records.parent, paths.store.parent}:
            _try_writing(folder)
    except OSError as error:
        raise ConfigurationError(
            f"the home {paths.home} can't be written: {error.strerror or error} ({error.filename})",
            hint="make it writable for this user, or place it elsewhere with [home] path",
        ) from error


def _try_writing(folder: Path) -> None:
    """Raises OSError, which names the folder. The file has no name: all services try at the same time."""
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def check_ports(settings: Settings, *, wait_s: float = PORT_WAIT_S) -> None:
    """Checks that both addresses can be bound now, or become free within `wait_s`."""
    give_up_at = monotonic_s() + wait_s
    for table, listen in (("collector", settings.collector.listen), ("web", settings.web.listen)):
        while (error := _why_not_bound(listen)) is not None:
            if error.errno != errno.EADDRINUSE or monotonic_s() >= give_up_at:
                raise _port_message(table, listen, error) from error
            time.sleep(0.1)


def check_extras(settings: Settings) -> None:
    """Checks that everything the services import is installed."""
    needed = ["collector", "scheduler", "store", "web", *(["probes"] if settings.journeys or settings.checks else [])]
    missing = [extra for extra in needed if find_spec(_EXTRAS[extra]) is None]
    if missing:
        wanted = ",".join(missing)
        raise ConfigurationError(f"not installed: {wanted}", hint=f"pip install 'leadline[{wanted}]'")


def check_browser(settings: Settings) -> None:
    """Checks that there is a Chromium, if a journey needs one. Raises BrowserMissing with the remedy."""
    if not settings.journeys:
        return
    from leadline_probes.browser import find_chromium

    if find_chromium(os.environ) is None and not _playwright_brought_one():
        raise BrowserMissing(
            "no Chromium was found, and the journeys need one",
            hint="`sudo apt install chromium-headless-shell`, or `playwright install chromium-headless-shell`",
        )


def _playwright_brought_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).is_file()


def _why_not_bound(listen: str) -> OSError | None:
    host, port = split_listen(listen)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with contextlib.closing(socket.socket(family, kind, protocol)) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen(1)
    except OSError as error:
        return error
    return None


def _port_message(table: str, listen: str, error: OSError) -> ConfigurationError:
    port = split_listen(listen)[1]
    if error.errno == errno.EADDRINUSE:
        text, hint = "another program listens there", f"`ss -ltnp 'sport = :{port}'` names it; or change"
    elif error.errno == errno.EACCES:
        text, hint = "ports below 1024 need a privilege", "let a web server forward requests, and change"
    else:
        text, hint = error.strerror or str(error), "an address of this machine is needed: change"
    return ConfigurationError(f"[{table}] can't listen on {listen}: {text}", hint=f"{hint} [{table}] listen")
