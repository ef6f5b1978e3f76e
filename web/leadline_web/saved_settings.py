"""What web takes from a saved leadline.toml: apps, KPIs, names, tokens. It refuses one that anybody could ask."""

from __future__ import annotations

import asyncio
import logging
import sys
from ipaddress import ip_address

from leadline.errors import ConfigurationError
from leadline.settings import Settings, keep_accepted
from leadline.settings.watch import LOOK_EVERY_S, SettingsWatch


def check_listen(settings: Settings) -> None:
    """Raises ConfigurationError where anybody on the network could ask."""
    host = settings.web.listen.rpartition(":")[0].strip("[]")
    if not settings.web.tokens and not _is_loopback(host):
        raise ConfigurationError(
            f"[web] listen = {settings.web.listen!r} is reachable from other machines and there are no [web] tokens",
            hint='listen on "127.0.0.1:8080", or add [web.tokens.NAME] token = "${LEADLINE_TOKEN}" role = "admin"',
        )


class SavedSettings:
    """`settings` are in force; `problem` says why what is saved is not, None where it is."""

    def __init__(self, settings: Settings) -> None:
        self._watch = SettingsWatch(settings, tell=_say, tables=("home", "web"))

    @property
    def settings(self) -> Settings:
        return self._watch.settings

    @property
    def problem(self) -> str | None:
        return self._watch.problem or None

    async def follow(self) -> None:
        """Looks for ever; cancel it to stop."""
        await asyncio.to_thread(_keep, self.settings)
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Takes over what was saved, if it can be used."""
        if (saved := await self._watch.look()) is None:
            return
        try:
            check_listen(saved.settings)
        except ConfigurationError as error:
            self._watch.refuse(str(error))
            return
        self._watch.accept(saved)
        await asyncio.to_thread(_keep, self.settings)


def _keep(settings: Settings) -> None:
    try:
        keep_accepted(settings)
    except OSError as error:
        _say(logging.ERROR, f"the accepted settings can't be kept for commands that ask what runs: {error}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(_level: int, text: str) -> None:
    print(f"leadline web: {text}", file=sys.stderr, flush=True)
