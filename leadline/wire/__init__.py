"""The beacon's schema, its decoder and its log record. Pure: bytes in, values out, no clock, no file.

TypeScript types are generated from here (`make wire`); a test fails when they drift.
"""

from leadline.wire.ages import drop_too_old
from leadline.wire.beacon import Beacon, BeaconError, BeaconEvent, BeaconRequest, From, Vitals
from leadline.wire.decoding import decode_beacon, decode_leniently, mend_made, split_array
from leadline.wire.drops import DROP_REASONS, Dropped, DroppedField, DropReason
from leadline.wire.faults import find_fault
from leadline.wire.harmless_errors import HARMLESS_ERROR_TYPES, name_error_type
from leadline.wire.logged import LoggedBeacon, decode_logged, encode_logged
from leadline.wire.occurrence import occurred_at_ms, shift_ms
from leadline.wire.packing import is_packed, unpack
from leadline.wire.synthetic import USER_AGENT_SUFFIX, is_marked_user_agent

__all__ = [
    "DROP_REASONS",
    "HARMLESS_ERROR_TYPES",
    "USER_AGENT_SUFFIX",
    "Beacon",
    "BeaconError",
    "BeaconEvent",
    "BeaconRequest",
    "DropReason",
    "Dropped",
    "DroppedField",
    "From",
    "LoggedBeacon",
    "Vitals",
    "decode_beacon",
    "decode_leniently",
    "decode_logged",
    "drop_too_old",
    "encode_logged",
    "find_fault",
    "is_marked_user_agent",
    "is_packed",
    "mend_made",
    "name_error_type",
    "occurred_at_ms",
    "shift_ms",
    "split_array",
    "unpack",
]
