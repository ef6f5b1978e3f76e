"""Whose servers are the app's own, and the marks that only they may see.

By origin, not by guess: the origin of base_url, and for a name its subdomains on the same port. An address or
`localhost` has no subdomains, and another port is another's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def write_marks(*, run_id: str, monitor: Literal["journey", "check"], name: str) -> dict[str, str]:
    """The headers that say: this is a probe. `baggage` as https://www.w3.org/TR/baggage/ writes it."""
    return {
        "X-Leadline-Run": run_id,
        "X-Leadline-Synthetic": "1",
        "baggage": f"leadline.run_id={run_id},leadline.{monitor}={quote(name)},user_agent.synthetic.type=test",
    }


def write_traceparent(trace_id: str) -> str:
    """A new span of the run's trace, sampled: https://www.w3.org/TR/trace-context/#traceparent-header."""
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"


@dataclass(frozen=True, slots=True)
class FirstParty:
    """The origins that are the app's own: that of base_url, and for a name its subdomains on the same ports."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, base_url: str) -> FirstParty:
        parts = urlsplit(base_url)
        return cls(parts.scheme, (parts.hostname or "").lower(), _port_of(parts))

    @property
    def site(self) -> str:
        return self.host.removeprefix("www.")

    def includes(self, url: str) -> bool:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        is_same_place = parts.scheme == self.scheme and _port_of(parts) == self.port
        is_same_upgraded = _is_default(parts) and self.port == _DEFAULT_PORTS.get(self.scheme)
        if not (is_same_place or is_same_upgraded):
            return False
        return host == self.host or (self._has_subdomains and (host == self.site or host.endswith(f".{self.site}")))

    def patterns(self) -> list[str]:
        """Wildcards that match all of it and perhaps more: `includes` decides."""
        hosts = [self.host]
        if self._has_subdomains:
            hosts = [self.site, f"*.{self.site}"]
        if self.port == _DEFAULT_PORTS.get(self.scheme):
            return [f"{scheme}://{host}/*" for scheme in ("http", "https") for host in hosts]
        return [f"{self.scheme}://{host}:{self.port}/*" for host in hosts]

    @property
    def _has_subdomains(self) -> bool:
        return "." in self.host and ":" not in self.host and not self.host.replace(".", "").isdigit()


def _port_of(parts: SplitResult) -> int:
    try:
        return parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return 0


def _is_default(parts: SplitResult) -> bool:
    return parts.scheme in _DEFAULT_PORTS and _port_of(parts) == _DEFAULT_PORTS[parts.scheme]
