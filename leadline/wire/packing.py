"""Unpacks gzip and deflate within a bound. A beacon can't set Content-Encoding without a preflight, so the first bytes
are checked too.

It stops bombs by never producing more than the bound plus one byte, and rejects a second packing inside the first.
"""

from __future__ import annotations

import zlib

from leadline.wire.drops import Dropped, DropReason

_GZIP = b"\x1f\x8b"
_AUTOMATIC = zlib.MAX_WBITS | 32  # zlib tells gzip from zlib by the header itself
_RAW_DEFLATE = -zlib.MAX_WBITS  # some clients send this as "deflate", see RFC 9110 8.4.1.2
_NAMES = frozenset({"gzip", "x-gzip", "deflate"})


def is_packed(body: bytes) -> bool:
    """Whether the first bytes are gzip's or zlib's, which no JSON begins with."""
    return body[:2] == _GZIP or (len(body) > 1 and body[0] == 0x78 and (0x7800 + body[1]) % 31 == 0)


def unpack(body: bytes, *, encoding: str, max_bytes: int) -> bytes | Dropped:
    """The plain bytes. `encoding` is the Content-Encoding header, or empty."""
    name = encoding.strip().lower()
    if name not in _NAMES and name not in {"", "identity"}:
        return Dropped(DropReason.UNSUPPORTED_ENCODING, f"Content-Encoding {name[:40]!r}", "Content-Encoding")
    if is_packed(body):
        plain = _inflate(body, _AUTOMATIC, max_bytes)
    elif name == "deflate":
        plain = _inflate(body, _RAW_DEFLATE, max_bytes)
    elif name in _NAMES:
        return Dropped(DropReason.MALFORMED, f"not {name}, although Content-Encoding says so", "Content-Encoding")
    else:
        return body
    if isinstance(plain, bytes) and is_packed(plain):
        return Dropped(DropReason.MALFORMED, "packed twice", "body")
    return plain


def _inflate(body: bytes, window_bits: int, max_bytes: int) -> bytes | Dropped:
    inflater = zlib.decompressobj(window_bits)
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        return Dropped(DropReason.MALFORMED, f"can't be unpacked: {error}", "body")
    if len(plain) > max_bytes:
        return Dropped(DropReason.TOO_LARGE, f"more than {max_bytes} bytes once unpacked", "body")
    if not inflater.eof:
        return Dropped(DropReason.MALFORMED, "packed bytes end too early", "body")
    if inflater.unused_data:
        return Dropped(DropReason.MALFORMED, "bytes follow the packed ones", "body")
    return plain
