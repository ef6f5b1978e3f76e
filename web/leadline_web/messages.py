"""What web asks its store process and what that says, over one socket pair.

Each message is a four-byte big-endian length and a msgpack document (msgspec, tagged by `kind`). Many questions may be
under way at a time; `ask_id` tells the answers apart.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from leadline_web.figures.scope import Scope

# The longest message: an answer's bytes are limited far below (QueryLimits); beyond this the stream is broken.
MAX_MESSAGE_BYTES = 1 << 30
LENGTH_BYTES = 4


class FiguresAsked(Struct, tag="figures", tag_field="kind", frozen=True, kw_only=True):
    ask_id: int
    figure: str
    scope: Scope


class QueryAsked(Struct, tag="query", tag_field="kind", frozen=True, kw_only=True):
    ask_id: int
    sql: str
    max_rows: int
    max_bytes: int
    timeout_s: float


class FiguresAnswered(Struct, tag="figures_answered", tag_field="kind", frozen=True, kw_only=True):
    ask_id: int
    rows: list[dict[str, Any]]


class QueryAnswered(Struct, tag="query_answered", tag_field="kind", frozen=True, kw_only=True):
    """`arrow` is an Arrow IPC stream."""

    ask_id: int
    arrow: bytes
    truncated: Literal["rows", "bytes"] | None
    duration_ms: float


class Refused(Struct, tag="refused", tag_field="kind", frozen=True, kw_only=True):
    """`is_question_wrong`: the asker can mend it (400); else it is ours (503)."""

    ask_id: int
    message: str
    hint: str = ""
    is_question_wrong: bool = True


class Following(Struct, tag="following", tag_field="kind", frozen=True, kw_only=True):
    """Said once when the store is open and then every second: what this process has loaded, and what hinders it."""

    beacons: int = 0
    changes: int = 0
    too_old: int = 0
    quarantined: int = 0
    capped: int = 0
    is_caught_up: bool = False
    trouble: str | None = None
    countries: Literal["off", "in use", "hindered"] = "off"


Ask = FiguresAsked | QueryAsked
Say = FiguresAnswered | QueryAnswered | Refused | Following

_encoder = msgspec.msgpack.Encoder()
decode_ask = msgspec.msgpack.Decoder(Ask).decode
decode_say = msgspec.msgpack.Decoder(Say).decode


def frame(message: Ask | Say) -> bytes:
    """The message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body
