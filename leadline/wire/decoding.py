"""Decodes bytes to beacons, or to a `Dropped` that names the field. Never raises, whatever the bytes are.

The body is one object or an array; each element of an array is decoded separately, so that a bad one does not affect
others. If a key occurs twice, the last counts (as in msgspec and JSON.parse). `leadline.wire.packing` unpacks.
"""

from __future__ import annotations

import re

import msgspec

from leadline.wire.beacon import ID_PATTERN, Beacon
from leadline.wire.bounds import mend
from leadline.wire.characters import has_odd_character
from leadline.wire.drops import Dropped, DroppedField, DropReason
from leadline.wire.faults import decode_nearly, decode_untyped, find_fault, find_place, split_leniently


class _KeyedOutside(Beacon, omit_defaults=True, kw_only=True, gc=False):
    """A beacon whose key may be in the request's address instead."""

    key: str = ""


_decode = msgspec.json.Decoder(Beacon).decode
_decode_keyed_outside = msgspec.json.Decoder(_KeyedOutside).decode
_is_id = re.compile(ID_PATTERN).fullmatch
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode

# "Expected `float` >= 0.0 - at `$.vitals.lcp_ms`" and "Object missing required field `page_view_id`"
_PLACE = re.compile(r"^(?P<problem>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


def decode_beacon(body: bytes | bytearray | msgspec.Raw, key: str = "") -> Beacon | Dropped:
    """One beacon. `key` is the request's own, used if the beacon has none."""
    try:
        beacon = _decode_keyed_outside(body) if key else _decode(body)
    except msgspec.ValidationError:
        last = _decode_last(body, _KeyedOutside if key else Beacon)
        if isinstance(last, Dropped):
            return last
        beacon = last
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return find_fault(bytes(body)) or Dropped(DropReason.MALFORMED, f"not JSON: {_tell(error)}", "body")
    if key:
        return _check_ids(beacon, key)
    view, session = beacon.page_view_id, beacon.session_id
    # Nearly always they are plain; then this is all of `_check_ids`, without a call.
    if view.isascii() and view.isalnum() and (session is None or (session.isascii() and session.isalnum())):
        return beacon
    return _check_ids(beacon, key)


def decode_leniently(
    body: bytes | bytearray | msgspec.Raw, key: str = ""
) -> tuple[Beacon | Dropped, list[DroppedField]]:
    """As `decode_beacon`, but leaves out values out of bounds and replaces odd characters.

    Slow: use it only after that one has failed, or if `b"\\u0000"` is in the body.
    """
    try:
        node, dropped = mend(decode_nearly(body))
        beacon = msgspec.convert(node, _KeyedOutside if key else Beacon)
    except msgspec.ValidationError as error:
        return _invalid(str(error)), []
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Dropped(DropReason.MALFORMED, f"not JSON: {_tell(error)}", "body"), []
    return _find_odd(beacon) or _check_ids(beacon, key), dropped


def mend_made(beacon: Beacon) -> tuple[Beacon | Dropped, list[DroppedField]]:
    """A beacon made from another client's request, with characters replaced that no store can keep."""
    if _find_odd(beacon) is None:
        return beacon, []
    node, dropped = mend(msgspec.to_builtins(beacon))
    mended = msgspec.convert(node, Beacon)
    return _find_odd(mended) or mended, dropped


def _check_ids(beacon: Beacon, key: str) -> Beacon | Dropped:
    if key and not beacon.key:
        beacon.key = key
    view, session = beacon.page_view_id, beacon.session_id
    if not (view.isalnum() and view.isascii()) and not _is_id(view):
        return _odd_id("page_view_id")
    if session is not None and not (session.isalnum() and session.isascii()) and not _is_id(session):
        return _odd_id("session_id")
    return beacon


def _decode_last(body: bytes | bytearray | msgspec.Raw, kind: type[Beacon]) -> Beacon | Dropped:
    """Decodes again, first without types: of duplicate keys only the last counts, even if an earlier one is invalid,
    and a whole number may be written as `2.0`."""
    try:
        return msgspec.convert(decode_untyped(body), kind)
    except msgspec.ValidationError as error:
        return _invalid(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Dropped(DropReason.MALFORMED, f"not JSON: {_tell(error)}", "body")


def _odd_id(field: str) -> Dropped:
    return Dropped(DropReason.INVALID_FIELD, f"an id matches {ID_PATTERN}", field)


def _find_odd(beacon: Beacon) -> Dropped | None:
    place = find_place(msgspec.to_builtins(beacon), has_odd_character)
    return None if place is None else Dropped(DropReason.INVALID_FIELD, "a NUL or half of a surrogate pair", place)


def split_array(body: bytes | bytearray) -> list[msgspec.Raw] | Dropped:
    """The elements of an array, not decoded yet."""
    try:
        return _split(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = Dropped(DropReason.MALFORMED, f"not a JSON array: {_tell(error)}", "body")
        return split_leniently(bytes(body)) or told


def _invalid(message: str) -> Dropped:
    match = _PLACE.match(message)
    problem, place = (match["problem"], match["place"] or "") if match else (message, "")
    if missing := _MISSING.search(problem):
        place = f"{place}.{missing['field']}" if place else missing["field"]
    return Dropped(DropReason.INVALID_FIELD, problem, place or "body")


def _tell(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error).removeprefix("JSON is malformed: ")
