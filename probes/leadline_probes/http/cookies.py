"""The cookies of one check: kept between its redirects, forgotten after it (RFC 6265, as far as one host needs it).

Nothing outlives a check: expiry only means "delete" or "keep".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from leadline import clock
from leadline.model.web_origins import WebOrigin

# A site that sets endless cookies must not fill the memory: Chromium keeps 180 per domain.
MOST_COOKIES = 180
# RFC 6265bis: name and value together.
MOST_COOKIE_BYTES = 4096
_AGE = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Cookie:
    name: str
    value: str
    domain: str
    is_host_only: bool
    path: str
    is_secure: bool

    def fits(self, origin: WebOrigin, path: str) -> bool:
        if self.is_secure and origin.scheme != "https" and not _is_this_machine(origin):
            return False
        if origin.host != self.domain and (self.is_host_only or not _is_below(origin.host, self.domain)):
            return False
        return path == self.path or path.startswith(self.path if self.path.endswith("/") else f"{self.path}/")


class CookieJar:
    """`take` the cookies of an answer; `header` is the value for the next request."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def take(self, lines: list[str], origin: WebOrigin, path: str) -> None:
        """The `Set-Cookie` lines of an answer from `origin`; invalid lines are left out."""
        for line in lines:
            pair, *attributes = line.split(";")
            name, equals, value = pair.partition("=")
            name, value = (name.strip(), value.strip()) if equals else ("", pair.strip())
            if len(name) + len(value) > MOST_COOKIE_BYTES or not (name or value):
                continue
            said = {}
            for attribute in attributes:
                key, _, content = attribute.partition("=")
                said[key.strip().lower()] = content.strip()
            self._keep(name, value, said, origin, path)

    def header(self, origin: WebOrigin, path: str) -> str:
        """The value of `Cookie` for a request; longer paths first, as RFC 6265 wants it."""
        fitting = [cookie for cookie in self._cookies.values() if cookie.fits(origin, path)]
        fitting.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in fitting)

    def _keep(self, name: str, value: str, said: dict[str, str], origin: WebOrigin, path: str) -> None:
        domain = said.get("domain", "").lstrip(".").lower()
        # Neither another site's domain, nor that of an address, nor a whole top-level domain.
        is_parent = _is_below(origin.host, domain) and "." in domain and not origin.is_address
        if domain and domain != origin.host and not is_parent:
            return
        wanted = said.get("path", "")
        cookie = Cookie(
            name=name,
            value=value,
            domain=domain or origin.host,
            is_host_only=not domain,
            path=wanted if wanted.startswith("/") else _default_path(path),
            is_secure="secure" in said,
        )
        key = (cookie.name, cookie.domain, cookie.path)
        self._cookies.pop(key, None)
        if _is_deletion(said, clock.now()):
            return
        if len(self._cookies) >= MOST_COOKIES:
            self._cookies.pop(next(iter(self._cookies)))
        self._cookies[key] = cookie


def _is_deletion(said: dict[str, str], now: datetime) -> bool:
    """A cookie is deleted by a zero age, or by a past date; the age takes precedence."""
    if (age := said.get("max-age")) is not None and _AGE.fullmatch(age):
        return int(age) <= 0
    try:
        ends_at = parsedate_to_datetime(said.get("expires", "").replace("-", " "))
    except (ValueError, TypeError, IndexError):
        return False
    return (ends_at if ends_at.tzinfo is not None else ends_at.replace(tzinfo=UTC)) <= now


def _default_path(path: str) -> str:
    folder = path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


def _is_below(host: str, domain: str) -> bool:
    return host.endswith(f".{domain}")


def _is_this_machine(origin: WebOrigin) -> bool:
    return origin.host in {"localhost", "127.0.0.1", "[::1]"}
