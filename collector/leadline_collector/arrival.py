"""One request on its way through the steps: what its head says, and the beacon that is being looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

import msgspec

from leadline.clock import monotonic_s, now_ms
from leadline.errors import LogUnavailable
from leadline.wire import Beacon

if TYPE_CHECKING:
    from leadline_collector.collector import Collector
    from leadline_collector.policy import AppPolicy

Headers = dict[bytes, bytes]


class Arrival:
    """Filled by the steps, one beacon at a time; an array's beacons share one arrival."""

    __slots__ = (
        "agent",
        "app",
        "beacon",
        "body",
        "client",
        "collector",
        "committed",
        "country",
        "headers",
        "key",
        "now_s",
        "origin",
        "received_at_ms",
        "sender",
        "synthetic",
        "wait_s",
    )

    def __init__(self, collector: Collector, scope: dict[str, Any], headers: Headers) -> None:
        self.collector = collector
        self.headers = headers
        self.received_at_ms = now_ms()
        self.now_s = monotonic_s()
        self.origin = headers.get(b"origin")
        self.agent = collector.agents.read(headers.get(b"user-agent"))
        peer = scope["client"]
        self.sender = collector.addresses.find_sender(peer[0] if peer else "", headers.get(b"x-forwarded-for"))
        query = scope["query_string"]
        self.key = _key_of(query) if query else ""
        self.client = "leadline"
        self.country = _country_of(headers.get(collector.country_header)) if collector.country_header else None
        self.wait_s = 0.0
        self.body: bytes | msgspec.Raw = b""
        self.beacon: Beacon = NO_BEACON
        self.app: AppPolicy | None = None
        self.synthetic: Literal["test", "bot"] | None = None
        self.committed: asyncio.Future[LogUnavailable | None] | None = None

    @property
    def app_name(self) -> str:
        """The app's name, empty while none is known."""
        return self.app.name if self.app is not None else ""


NO_BEACON = Beacon(key="", page_view_id="-")


def _key_of(query: bytes) -> str:
    if b"key=" not in query:
        return ""
    return parse_qs(query.decode("latin-1"), max_num_fields=50).get("key", [""])[0]


def _country_of(header: bytes | None) -> str | None:
    """ISO 3166-1 alpha-2 as a proxy in front names it, or nothing."""
    if header is None or len(header) != 2 or not header.isalpha():
        return None
    return header.decode("ascii").upper()
