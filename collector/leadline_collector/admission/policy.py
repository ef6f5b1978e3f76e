"""The settings in the form for the hot path: keys to apps, origins to yes or no. Rebuilt when leadline.toml changes.

It decides nothing about a request; the steps do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from leadline.model.web_origins import read_origin
from leadline.settings import AppSettings, Settings

# There are few origins per app; invented ones must not fill the memory.
REMEMBERED_ORIGINS = 1024
# A host name has 253 characters at most (RFC 1035), an origin a scheme and a port beside it.
LONGEST_ORIGIN = 300
# `"key": "pk_…"`, also in invalid JSON. A tag may have that name too, hence more than one match.
_WRITTEN_KEY = re.compile(rb'"key"\s{0,8}:\s{0,8}"([^"\\]{1,128})"')
MOST_KEYS_TRIED = 4
# Replaces a star while the rest of a pattern is normalised: it can't be part of a host name.
_STAR = "leadline-star"


class OriginRule:
    """Which origins may send for an app: exact ones, host patterns such as `https://*.shop.example`, `*` for any."""

    def __init__(self, patterns: Sequence[str], base_url: str | None) -> None:
        if not patterns and base_url:
            patterns = [str(read_origin(base_url) or base_url)]
        self._is_any = "*" in patterns
        self._patterns = [_compile(_as_browsers_say(pattern)) for pattern in patterns]
        self._known: dict[bytes, bool] = {}

    def allows(self, origin: bytes) -> bool:
        """Whether a request with this Origin header may send."""
        known = self._known.get(origin)
        if known is None:
            if len(origin) > LONGEST_ORIGIN:
                return self._is_any
            if len(self._known) >= REMEMBERED_ORIGINS:
                self._known.clear()
            known = self._known[origin] = self._matches(_as_browsers_say(origin.decode("latin-1")))
        return known

    def _matches(self, origin: str) -> bool:
        return self._is_any or any(pattern.fullmatch(origin) for pattern in self._patterns)


def _as_browsers_say(origin: str) -> str:
    """Lower case, punycode, no slash or dot at the end, no default port (leadline/model/web_origins.py)."""
    said = read_origin(origin.strip().replace("*", _STAR))
    return str(said).replace(_STAR, "*") if said is not None else origin.rstrip("/").lower()


def _compile(pattern: str) -> re.Pattern[str]:
    # A star matches labels of a host name, never a scheme, port or path.
    return re.compile(r"[a-z0-9.\-]+".join(map(re.escape, pattern.split("*"))))


@dataclass(slots=True)
class AppPolicy:
    """One app."""

    name: str
    environment: str
    is_on: bool
    drops_bots: bool
    sample_ratio: float
    query_allow: frozenset[str]
    origins: OriginRule


@dataclass(slots=True)
class Policy:
    """All apps, by each of their keys."""

    apps: dict[str, AppPolicy]
    revoked: dict[str, AppPolicy]

    def app_of(self, key: str) -> AppPolicy | None:
        return self.apps.get(key) or self.revoked.get(key)

    def find_app(self, key: str, body: bytes) -> AppPolicy | None:
        """The app of a request that could not be decoded: by the request's own key, or by text that looks like one."""
        if (app := self.app_of(key)) is not None:
            return app
        for match in islice(_WRITTEN_KEY.finditer(body), MOST_KEYS_TRIED):
            if (app := self.app_of(match[1].decode("utf-8", "replace"))) is not None:
                return app
        return None

    def app_at(self, origin: str) -> AppPolicy | None:
        """The only app whose pages are at `origin`; None if there are several or none."""
        found = {app.name: app for app in self.apps.values() if app.origins.allows(origin.encode("latin-1", "replace"))}
        return next(iter(found.values())) if len(found) == 1 else None


def compile_policy(settings: Settings) -> Policy:
    """The policy of `settings`."""
    policy = Policy({}, {})
    for app in settings.apps:
        compiled = _compile_app(app)
        policy.apps.update(dict.fromkeys(app.keys, compiled))
        policy.revoked.update(dict.fromkeys(app.revoked_keys, compiled))
    for key in policy.revoked:
        policy.apps.pop(key, None)
    return policy


def _compile_app(app: AppSettings) -> AppPolicy:
    return AppPolicy(
        name=app.name,
        environment=app.environment,
        is_on=app.is_on,
        drops_bots=app.bots == "drop",
        sample_ratio=app.sample,
        query_allow=frozenset(app.query_allow),
        origins=OriginRule(app.origins, app.base_url),
    )
