"""Follows leadline.toml while web runs: apps, KPIs, names, tokens. A broken save leaves the old ones in force, loudly.

What was opened or bound stays as it was until the next start (leadline/settings/fixed.py), which is said.
"""

from __future__ import annotations

import asyncio
import sys
from ipaddress import ip_address

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError
from leadline.settings import Settings, keep_accepted, load_settings
from leadline.settings.fixed import find_fixed

# Within 2 s of the save; a file that a `*_file` key names can change without leadline.toml.
LOOK_EVERY_S = 0.5
READ_ANYWAY_S = 10.0


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
        self.settings = settings
        self.problem: str | None = None
        self._started_with = settings
        self._saved = settings
        self._said: set[str] = set()
        self._stamp: tuple[int, int, int] | None = (0, 0, 0)
        self._read_s = 0.0

    async def follow(self) -> None:
        """Looks for ever; cancel it to stop."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Takes over what was saved, if it can be used."""
        stamp = self._read_stamp()
        if stamp == self._stamp and monotonic_s() - self._read_s < READ_ANYWAY_S:
            return
        self._stamp, self._read_s = stamp, monotonic_s()
        try:
            saved = await asyncio.to_thread(load_settings, self._started_with.file)
            self._take_over(saved)
        except ConfigurationError as error:
            if str(error) != self.problem:
                self.problem = str(error)
                _say(f"what was saved can't be used, and the old settings stay in force:\n{error}")

    def _take_over(self, saved: Settings) -> None:
        keep_accepted(saved)
        if dict(saved) != dict(self._saved):
            web = saved.web.model_copy(update={"listen": self._started_with.web.listen})
            settings = saved.model_copy(update={"home": self._started_with.home, "web": web})
            check_listen(settings)
            self.settings, self._saved = settings, saved
            _say("leadline.toml was saved and is in force")
            for problem in map(str, find_fixed(self._started_with, saved)):
                if problem not in self._said:
                    _say(problem)
                self._said.add(problem)
        elif self.problem is not None:
            _say("leadline.toml can be used again")
        self.problem = None

    def _read_stamp(self) -> tuple[int, int, int] | None:
        try:
            said = self._started_with.file.stat()
        except OSError:
            return None
        return said.st_mtime_ns, said.st_size, said.st_ino


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _say(text: str) -> None:
    print(f"leadline web: {text}", file=sys.stderr, flush=True)
