"""Where a targeting key stands between 0 and 1, the same on every machine and in every release.

Anybody can recompute it: the first eight bytes of BLAKE2b (digest size 8) over the flag's key, a zero byte and the
targeting key, as a big-endian fraction of 2^64. Each flag has places of its own, so that the same people are not first
in line for everything.
"""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["bucket_of"]

_WHOLE = float(1 << 64)


def bucket_of(salt: str, targeting_key: str) -> float:
    """A number from 0 up to and without 1."""
    digest = blake2b(f"{salt}\0{targeting_key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    # The nearest float of the last 2^10 numbers would be 1.0.
    return min(int.from_bytes(digest, "big") / _WHOLE, 0.9999999999999999)
