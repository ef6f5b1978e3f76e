"""Reads a request's body: bounded, complete, unpacked, of an accepted type. The protocol ends slow senders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from typing import Any

from leadline.wire import Dropped, DropReason, is_packed, unpack
from leadline_collector.intake.arrival import Headers

Receive = Callable[[], Awaitable[dict[str, Any]]]

BEACON_TYPES = frozenset({b"application/json", b"text/plain"})
# A sender that is cut off while it still sends gets a reset connection instead of the answer; so a body that is too
# large is read and discarded up to here before it is answered.
THROWN_AWAY_BYTES = 16 * 1024 * 1024
_TOO_LARGE = Dropped(DropReason.TOO_LARGE, "the request is too large", "body")
# Exact headers of browsers (and none), so that the usual ones need no parsing.
USUAL_TYPES = frozenset({None, b"application/json", b"text/plain;charset=UTF-8", b"text/plain"})


def announced_too_large(headers: Headers, max_bytes: int) -> Dropped | None:
    """For a sender that asks before it sends (`Expect: 100-continue`, RFC 9110 10.1.1): no need to send it then.

    And for one that announces more than anybody would read to be polite.
    """
    length = int(headers.get(b"content-length", b"0"))
    return _TOO_LARGE if length > (max_bytes if b"expect" in headers else THROWN_AWAY_BYTES) else None


async def read_body(receive: Receive, max_bytes: int) -> bytes | Dropped | None:
    """The body as received, or None if the sender has gone."""
    message = await receive()
    chunks: list[bytes] = []
    length = 0
    while message["type"] == "http.request":
        chunk: bytes = message.get("body", b"")
        length += len(chunk)
        if length <= max_bytes:
            chunks.append(chunk)
        if not message.get("more_body", False) or length > THROWN_AWAY_BYTES:
            return b"".join(chunks) if length <= max_bytes else _TOO_LARGE
        message = await receive()
    return None


def check_type(headers: Headers, types: Container[bytes] = BEACON_TYPES) -> Dropped | None:
    """Whether Content-Type is one of `types`; a request without one is taken at its word."""
    said = headers.get(b"content-type")
    if said is None or said.partition(b";")[0].strip().lower() in types:
        return None
    return Dropped(DropReason.UNSUPPORTED_TYPE, f"Content-Type {said[:100].decode('latin-1')!r}", "Content-Type")


def unpack_body(body: bytes, headers: Headers, max_bytes: int) -> bytes | Dropped:
    """The plain bytes, within the bound."""
    encoding = headers.get(b"content-encoding")
    if encoding is None:
        return unpack(body, encoding="", max_bytes=max_bytes) if is_packed(body) else body
    return unpack(body, encoding=encoding.decode("latin-1"), max_bytes=max_bytes)
