"""The nouns of the seam: a request in another client's format, its adapter, and the answer that the client expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from leadline.wire import Beacon, Dropped


@dataclass(frozen=True, slots=True)
class Foreign:
    """A request, unpacked. `own_hosts` are the collector's own (host, or host:port), in lower case.

    `key` is what our own ways of giving one say (`?key=`, {key} in the path); a client that hides it elsewhere, in a
    header of its own or in the body, has it in `headers` (names in lower case), `path` or `query`.
    """

    body: bytes
    key: str
    service_version: str | None
    own_hosts: frozenset[str]
    received_at_ms: int
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client waits for where all that it sent is on disk, if it is not our 204."""

    status_code: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Adapter:
    """`paths` may hold {key}, {version} ({version:path} takes slashes too) and names of the client's own; each works
    behind any prefix. `types` are the media types that `translate` reads.

    `translate` answers with one element per message of the request, with one alone where the request is one message
    (which is then answered as one beacon is), or refuses the request whole.
    """

    name: str
    summary: str
    paths: Sequence[str]
    types: frozenset[bytes]
    translate: Callable[[Foreign], list[Beacon | Dropped] | Beacon | Dropped]
    methods: Sequence[str] = ("POST",)
    accepted: Accepted | None = None
