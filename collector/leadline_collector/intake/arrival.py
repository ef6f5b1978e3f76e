"""One request during the steps: its head, and the current beacon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote_plus

import msgspec

from leadline.clock import now_ms
from leadline.errors import LogUnavailable
from leadline.wire import Beacon, DroppedField

if TYPE_CHECKING:
    from leadline_collector.admission.policy import AppPolicy
    from leadline_collector.collector import Collector

Headers = dict[bytes, bytes]
_FORWARDED = b"x-forwarded-for"


NO_BEACON = Beacon(key="", page_view_id="-")


class Arrival:
    """Filled by the steps, one beacon at a time; an array's beacons share one arrival.

    Values that most requests never set are defaults of the class, because setting them costs time per request.
    """

    client = "leadline"
    key = ""
    country: str | None = None
    wait_s = 0.0
    body: bytes | msgspec.Raw = b""
    beacon: Beacon = NO_BEACON
    app: AppPolicy | None = None
    synthetic: Literal["test", "bot"] | None = None
    dropped_fields: Sequence[DroppedField] = ()
    committed: asyncio.Future[LogUnavailable | None] | None = None

    def __init__(self, collector: Collector, headers: Headers, *, peer: str, query: bytes = b"") -> None:
        find = headers.get
        self.collector = collector
        self.headers = headers
        self.received_at_ms = now_ms()
        self.origin = find(b"origin")
        self.agent = collector.agents.read(find(b"user-agent"))
        self.sender = collector.addresses.find_sender(peer, find(b"x-forwarded-for"))
        if query:
            self.key = key_of_query(query)
        if collector.country_header:
            self.country = _country_of(find(collector.country_header))

    @classmethod
    def of_scope(cls, collector: Collector, scope: dict[str, Any]) -> Arrival:
        """From an ASGI scope."""
        client = scope["client"]
        peer = client[0] if client else ""
        return cls(collector, merge_headers(scope["headers"]), peer=peer, query=scope["query_string"])

    @property
    def app_name(self) -> str:
        """The app's name, empty while none is known."""
        return self.app.name if self.app is not None else ""


def merge_headers(lines: Sequence[tuple[bytes, bytes]]) -> Headers:
    """The last line of each name counts, except for X-Forwarded-For, where each proxy may have added a line."""
    headers = dict(lines)
    if len(headers) != len(lines) and _FORWARDED in headers:
        headers[_FORWARDED] = b",".join(said for name, said in lines if name == _FORWARDED)
    return headers


def key_of_query(query: bytes) -> str:
    """The first `key` there is."""
    for part in query.split(b"&"):
        if part.startswith(b"key=") and len(part) > 4:
            return unquote_plus(part[4:].decode("latin-1"))
    return ""


def _country_of(header: bytes | None) -> str | None:
    """ISO 3166-1 alpha-2 as a proxy in front names it, or nothing."""
    if header is None or len(header) != 2 or not header.isalpha():
        return None
    return header.decode("ascii").upper()
