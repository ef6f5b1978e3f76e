"""What the beacon log keeps: the beacon, cleaned, and what only the collector could see of its sender.

The network is /24 or /48 and stays only until the record is loaded; then it becomes a hash whose salt changes daily.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from leadline.wire.beacon import Beacon


class LoggedBeacon(Struct, omit_defaults=True, kw_only=True, frozen=True, gc=False):
    """One record of the beacon log. `client` names whose format it came in (`leadline`, `reports`, `faro` ...)."""

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


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LoggedBeacon)


def encode_logged(logged: LoggedBeacon) -> bytes:
    """The record's bytes (msgpack)."""
    return _encoder.encode(logged)


def decode_logged(body: bytes) -> LoggedBeacon:
    """The record, or msgspec.MsgspecError: the loader quarantines it singly."""
    try:
        return _decoder.decode(body)
    except (UnicodeDecodeError, RecursionError) as error:  # which msgspec does not turn into its own
        raise msgspec.DecodeError(str(error)) from error
