"""The two nouns of the seam: a request in another client's format, and the adapter that translates it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leadline.wire import Beacon, Dropped


@dataclass(frozen=True, slots=True)
class Foreign:
    """A request, unpacked. `own_hosts` are the collector's own (host, or host:port), in lower case."""

    body: bytes
    key: str
    service_version: str | None
    own_hosts: frozenset[str]
    received_at_ms: int


@dataclass(frozen=True, slots=True)
class Adapter:
    """`paths` may hold {key} and {version}; `types` are the media types that `translate` reads.

    `translate` answers with one element per message of the request, with one alone where the request is one message
    (which is then answered as one beacon is), or refuses the request whole.
    """

    name: str
    summary: str
    paths: Sequence[str]
    types: frozenset[bytes]
    translate: Callable[[Foreign], list[Beacon | Dropped] | Beacon | Dropped]
