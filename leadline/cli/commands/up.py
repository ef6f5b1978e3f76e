"""`leadline up`: all services on one machine, under one supervisor that restarts any that dies."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from leadline.cli.options import ConfigFile, read_settings

if TYPE_CHECKING:
    from leadline.settings import Settings


def up(config: ConfigFile = None) -> None:
    """Start the collector, the scheduler, the store and the web service, and restart any that dies.

    Stop it with Ctrl-C or SIGTERM; it ends within ten seconds with exit 0. Started again on the same home, it
    continues where it stopped.

    \b
    Examples:
      leadline up                      # the nearest leadline.toml
      leadline up -c shop/leadline.toml
    """
    from leadline.cli.supervisor import preflight
    from leadline.cli.validation.findings import find_who_pages_nobody
    from leadline.clock import now
    from leadline.locks import take_lock

    settings = read_settings(config)
    for warning in (*settings.warnings, *find_who_pages_nobody(settings)):
        print(f"warning: {warning}", file=sys.stderr)
    preflight.check_extras(settings)
    preflight.check_browser(settings)
    preflight.prepare_home(settings)
    say = _prefixed_lines(is_coloured=sys.stdout.isatty())
    say("up", f"starting on {settings.paths.home}")
    with take_lock(settings.paths.run / "up.lock", what="leadline up", settings_file=settings.file, now=now()):
        preflight.check_ports(settings)
        _supervise(settings, say)


def _supervise(settings: Settings, say: Callable[[str, str], None]) -> None:
    import asyncio

    from leadline.cli.supervisor.supervise import Supervisor

    async def watch() -> None:
        await Supervisor(settings, say=say, on_ready=lambda: _greet(settings, say)).run()

    asyncio.run(watch())


def _greet(settings: Settings, say: Callable[[str, str], None]) -> None:
    """Prints the addresses at once, and next steps once web has said which apps have sent no beacons."""
    from threading import Thread

    from leadline.cli.asking.first_beacons import invite

    def tell() -> None:
        for line in invite(settings):
            say("up", line)

    say("up", _welcome(settings))
    # A daemon thread, so that the process can end without waiting for it.
    Thread(target=tell, name="first beacons", daemon=True).start()


def _welcome(settings: Settings) -> str:
    from leadline.settings.addresses import base_url

    dashboard = settings.web.public_url or base_url(settings.web.listen)
    return f"ready: dashboard {dashboard} · beacons {base_url(settings.collector.listen)} · Ctrl-C stops everything"


def _prefixed_lines(*, is_coloured: bool) -> Callable[[str, str], None]:
    colours = {"collector": 36, "scheduler": 35, "store": 33, "web": 34, "up": 1}

    def say(name: str, line: str) -> None:
        prefix = f"{name:>9} │"
        if is_coloured:
            prefix = f"\x1b[{colours.get(name, 0)}m{prefix}\x1b[0m"
        with contextlib.suppress(OSError):  # the reader is gone: the services go on
            sys.stdout.write(f"{prefix} {line}\n")
            sys.stdout.flush()

    return say
