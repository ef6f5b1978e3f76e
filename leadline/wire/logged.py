"""A record of the beacon log: the cleaned beacon, and what only the collector knows about its sender.

The network is /24 or /48 and is kept only until the record is loaded; then it becomes a hash whose salt changes daily.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from leadline.wire.beacon import Beacon


class LoggedBeacon(Struct, omit_defaults=True, kw_only=True, frozen=True, gc=False):
    """One record of the beacon log. `client` names the format it came in (`leadline`, `reports`, `faro` ...)."""

    app: str
    environment: str
    received_at_ms: int
    beacon: Beacon
    synthetic: Literal["test", "bot"] | None = None
    user_agent: str = ""
    network: str = ""
    country: str | None = None
    client: str = "leadline"
    # The probability with which the collector kept this session (`[[app]] sample`).
    sample_ratio: float = 1.0


_decoder = msgspec.msgpack.Decoder(LoggedBeacon)


# The record's bytes (msgpack). The encoder's own method: a function around it is a call more for each beacon.
encode_logged: Callable[[LoggedBeacon], bytes] = msgspec.msgpack.Encoder().encode


def decode_logged(body: bytes) -> LoggedBeacon:
    """The record; raises msgspec.MsgspecError: the loader quarantines only that record."""
    try:
        return _decoder.decode(body)
    except (UnicodeDecodeError, RecursionError) as error:  # msgspec does not turn it into its own error
        raise msgspec.DecodeError(str(error)) from error
