"""The beacon's schema, its decoder and what is kept of it. Pure: bytes in, values out, no clock, no file.

TypeScript types are generated from here (`make wire`); a test fails when they drift.
"""

from leadline.wire.beacon import Beacon, BeaconError, BeaconEvent, BeaconRequest, Vitals
from leadline.wire.decoding import decode_beacon, find_nul, split_array
from leadline.wire.drops import DROP_REASONS, Dropped, DropReason
from leadline.wire.faults import find_fault
from leadline.wire.logged import LoggedBeacon, decode_logged, encode_logged
from leadline.wire.packing import is_packed, unpack
from leadline.wire.placing import occurred_at_ms, shift_ms
from leadline.wire.synthetic import USER_AGENT_SUFFIX, is_marked_user_agent

__all__ = [
    "DROP_REASONS",
    "USER_AGENT_SUFFIX",
    "Beacon",
    "BeaconError",
    "BeaconEvent",
    "BeaconRequest",
    "DropReason",
    "Dropped",
    "LoggedBeacon",
    "Vitals",
    "decode_beacon",
    "decode_logged",
    "encode_logged",
    "find_fault",
    "find_nul",
    "is_marked_user_agent",
    "is_packed",
    "occurred_at_ms",
    "shift_ms",
    "split_array",
    "unpack",
]
