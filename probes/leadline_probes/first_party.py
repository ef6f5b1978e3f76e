"""Which servers are the app's own, and the marks that only they may see.

By origin, not by guess: the origin of base_url, and for a name its subdomains on the same port. An address or
`localhost` has no subdomains, and another port is another's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from leadline.model.web_origins import DEFAULT_PORTS, WebOrigin, read_origin


def write_marks(*, run_id: str, monitor: Literal["journey", "check"], name: str) -> dict[str, str]:
    """The headers that identify a probe. `baggage` as https://www.w3.org/TR/baggage/ writes it."""
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
    """The origins that are the app's own: that of base_url, and for a name its subdomains on the same ports. Hosts are
    compared as browsers compare them (leadline/model/web_origins.py)."""

    origin: WebOrigin | None

    @classmethod
    def of(cls, base_url: str) -> FirstParty:
        return cls(read_origin(base_url))

    def includes(self, url: str) -> bool:
        own, other = self.origin, read_origin(url)
        if own is None or other is None:
            return False
        is_same_place = other.scheme == own.scheme and other.port == own.port
        is_same_upgraded = other.is_default_port and own.port == DEFAULT_PORTS.get(own.scheme)
        if not (is_same_place or is_same_upgraded):
            return False
        return other.host == own.host or (
            self._has_subdomains and (other.host == self._site or other.host.endswith(f".{self._site}"))
        )

    def patterns(self) -> list[str]:
        """Wildcards that match all of it and perhaps more: `includes` decides."""
        if self.origin is None:
            return []
        # A dot at the end of a name is the same name to a browser's resolver, and another one to its address bar.
        hosts = [self.origin.host] if self.origin.is_address else [self.origin.host, f"{self.origin.host}."]
        if self._has_subdomains:
            hosts = [self._site, f"*.{self._site}", f"{self._site}.", f"*.{self._site}."]
        # Chromium compares a navigation's whole address, with the name and password that stand in it.
        hosts = [*hosts, *(f"*@{host}" for host in hosts)]
        if self.origin.is_default_port:
            return [f"{scheme}://{host}/*" for scheme in ("http", "https") for host in hosts]
        return [f"{self.origin.scheme}://{host}:{self.origin.port}/*" for host in hosts]

    def plain_origins(self) -> list[str]:
        """The origins of base_url's own host, with and without `www.`, as browsers write them: some of what `includes`
        accepts, for who can't ask it."""
        if self.origin is None:
            return []
        hosts = list(dict.fromkeys([self.origin.host, self._site])) if self._has_subdomains else [self.origin.host]
        if self.origin.is_default_port:
            return [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
        return [f"{self.origin.scheme}://{host}:{self.origin.port}" for host in hosts]

    @property
    def _site(self) -> str:
        assert self.origin is not None
        return self.origin.host.removeprefix("www.")

    @property
    def _has_subdomains(self) -> bool:
        return self.origin is not None and "." in self.origin.host and not self.origin.is_address
