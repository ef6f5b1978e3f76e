"""The nouns of the seam: a request in another client's format, its adapter, and the answer that the client expects."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field

from leadline.wire import Beacon, Dropped

_DEFAULT_PORT = re.compile(r":(?:80|443)?$")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A request, unpacked. `own_hosts` are the hosts by which the collector was called, as `name_host` writes them;
    `page_hosts` those of pages of the key's app. `prefix` is the part before the adapter's path, as in `/_l`;
    empty if a proxy has removed it. `known_keys` are those of all apps, including revoked ones.

    `key` is the key given in the usual ways (`?key=`, {key} in the path); a client that puts it elsewhere, in a
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
    prefix: str = ""
    page_hosts: frozenset[str] = frozenset()
    known_keys: Container[str] = frozenset()


def name_host(host: str) -> str:
    """`host` or `host:port` in lower case, without a default port: neither a browser nor every proxy names it."""
    return _DEFAULT_PORT.sub("", host.rpartition("@")[2].strip().lower())


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer that a client expects when everything is on disk, if it is not our 204."""

    status_code: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Adapter:
    """`paths` may hold {key}, {version} ({version:path} takes slashes too) and names of the client's own; each works
    behind any prefix. `types` are the media types that `translate` reads.

    `translate` returns one element per message of the request, or a single one if the request is one message
    (which is then answered like one beacon), or rejects the whole request.
    """

    name: str
    summary: str
    paths: Sequence[str]
    types: frozenset[bytes]
    translate: Callable[[Foreign], list[Beacon | Dropped] | Beacon | Dropped]
    methods: Sequence[str] = ("POST",)
    accepted: Accepted | None = None
