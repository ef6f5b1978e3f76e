"""The reasons why a beacon or a request is not kept: a closed list, each with its status and its remedy.

The collector either accepts a request or drops it with one of these, and counts both per app.
docs/drops.md must list each (a test compares).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DropReason(StrEnum):
    MALFORMED = "malformed"
    INVALID_FIELD = "invalid_field"
    EMPTY = "empty"
    UNKNOWN_KEY = "unknown_key"
    KEY_REVOKED = "key_revoked"
    ORIGIN = "origin"
    TOO_LARGE = "too_large"
    TOO_MANY_ITEMS = "too_many_items"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    RATE_LIMITED = "rate_limited"
    LOG_UNAVAILABLE = "log_unavailable"
    # One value or item that is left out of a kept beacon: answered 200 with `dropped_fields`
    OUT_OF_BOUNDS = "out_of_bounds"
    # A text that is kept with a replaced character: answered in the same way
    ODD_CHARACTER = "odd_character"
    # Valid beacons not kept by policy: answered 202 with `Leadline-Dropped`
    APP_OFF = "app_off"
    BOT = "bot"
    SAMPLED = "sampled"
    TOO_OLD = "too_old"
    OWN_ADDRESS = "own_address"


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    remedy: str


DROP_REASONS: dict[DropReason, _Answer] = {
    DropReason.MALFORMED: _Answer(
        400, "Send one JSON object or an array of objects, UTF-8, optionally gzip or deflate."
    ),
    DropReason.INVALID_FIELD: _Answer(400, "Correct the named field; the schema is in docs/beacon.md."),
    DropReason.EMPTY: _Answer(400, "Send at least one beacon."),
    DropReason.UNKNOWN_KEY: _Answer(401, "Use a key from [[app]] keys of leadline.toml."),
    DropReason.KEY_REVOKED: _Answer(401, "The key was revoked; use one of the app's current keys."),
    DropReason.ORIGIN: _Answer(403, "Add the page's origin to [[app]] origins of leadline.toml."),
    DropReason.TOO_LARGE: _Answer(413, "Send fewer beacons per request, or less in each."),
    DropReason.TOO_MANY_ITEMS: _Answer(413, "Send fewer items per section; count repeats instead of listing them."),
    DropReason.UNSUPPORTED_TYPE: _Answer(415, "Send application/json or text/plain."),
    DropReason.UNSUPPORTED_ENCODING: _Answer(415, "Use gzip, deflate or no Content-Encoding."),
    DropReason.RATE_LIMITED: _Answer(429, "Wait as long as Retry-After says."),
    DropReason.LOG_UNAVAILABLE: _Answer(503, "Nothing to do in the page: the collector recovers when its disk does."),
    DropReason.OUT_OF_BOUNDS: _Answer(
        200, "Send the named figure within the bounds of docs/beacon.md; the rest of the beacon was kept."
    ),
    DropReason.ODD_CHARACTER: _Answer(
        200, "Send text without NUL and without half of a surrogate pair: U+FFFD (\ufffd) replaces it."
    ),
    DropReason.APP_OFF: _Answer(202, "The app is switched off in leadline.toml."),
    DropReason.BOT: _Answer(202, 'Bots are dropped because of [[app]] bots = "drop".'),
    DropReason.SAMPLED: _Answer(202, "The session is not in the sample."),
    DropReason.TOO_OLD: _Answer(202, "It happened more than 24 h before it arrived."),
    DropReason.OWN_ADDRESS: _Answer(202, "A browser report about the collector itself would feed itself."),
}


@dataclass(frozen=True, slots=True)
class DroppedField:
    """A value or an item that is left out of a kept beacon: `vitals.lcp_ms`, `events[3]`."""

    field: str
    reason: DropReason


@dataclass(frozen=True, slots=True)
class Dropped:
    """A beacon that is not kept: the reason and the field."""

    reason: DropReason
    detail: str = ""
    field: str | None = None

    @property
    def status_code(self) -> int:
        return DROP_REASONS[self.reason].status_code

    @property
    def remedy(self) -> str:
        return DROP_REASONS[self.reason].remedy

    @property
    def is_policy(self) -> bool:
        """Whether it is a valid beacon that policy does not keep (202)."""
        return self.status_code == 202
