"""Finds the field at fault in a body that the decoder rejected. Slow, and only used for the answer.

The decoder only knows a position in the bytes, if that; a developer needs the field's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from leadline.wire.drops import Dropped, DropReason

# What a browser can send in one beacon (the quota of keepalive requests, Fetch 4.6); a larger body is not examined.
LONGEST_LOOKED_INTO = 64 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = b" \t\n\r"
# Strings as a whole, because brackets inside them don't count.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)
# A megabyte of usual beacons has about 60,000.
MOST_TOKENS = 100_000
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff")


class _NoNumber(float):
    """NaN or Infinity, which Python's decoder accepts."""


_python = json.JSONDecoder(parse_constant=_NoNumber)


def find_fault(body: bytes) -> Dropped | None:
    """The error and its field; None if the bytes are not even nearly JSON."""
    if body[:3] == b"\xef\xbb\xbf":
        return _malformed("a byte order mark stands in front", "body")
    if body[:2] in _OTHER_UNICODE or b"\0" in body[:8]:
        return _malformed("not UTF-8 but another encoding of Unicode", "body")
    if len(body) > LONGEST_LOOKED_INTO:
        return None
    try:
        node = _python.decode(body.decode("utf-8", "surrogateescape"))
        if (place := find_place(node, _is_no_text)) is not None:
            is_utf_8 = body.isascii() or body.decode("utf-8", "ignore").encode() == body
            return _malformed("a lone surrogate" if is_utf_8 else "not UTF-8", place)
        if (place := find_place(node, _is_no_number)) is not None:
            return _malformed("neither NaN nor Infinity is JSON", place)
    except (ValueError, RecursionError):
        return None
    return None


def decode_untyped(body: bytes | bytearray | msgspec.Raw) -> Any:
    """JSON; `2.0` is a whole number, as JSON Schema has it: some languages know no other way to write one."""
    return _untyped(body)


def _read_number(digits: str) -> int | float:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < _MOST_EXACT else number


_MOST_EXACT = 2**53
_untyped = msgspec.json.Decoder(float_hook=_read_number).decode


def decode_nearly(body: bytes | bytearray | msgspec.Raw) -> Any:
    """Decodes JSON, also with halves of surrogate pairs and numbers beyond 1.8e308 (infinite); raises like a
    decoder.
    """
    try:
        return decode_untyped(body)
    except msgspec.DecodeError:
        plain = bytes(body)
        if len(plain) > LONGEST_LOOKED_INTO:
            raise
    node = _python.decode(plain.decode())
    if find_place(node, _is_no_number) is not None:
        raise ValueError("neither NaN nor Infinity is JSON")
    return node


def split_leniently(body: bytes) -> list[msgspec.Raw] | None:
    """The elements of an array in which some are only nearly JSON, so that the others can be kept; else None.

    It counts brackets, so that elements may be nested to any depth.
    """
    elements: list[msgspec.Raw] = []
    depth = start = 0
    for number, token in enumerate(_TOKEN.finditer(body)):
        mark = token[0]
        if number >= MOST_TOKENS or mark == b'"':  # a text that never ends
            return None
        if depth == 1 and mark in (b",", b"]"):
            element = body[start : token.start()].strip(_BLANKS)
            if not element:  # a comma too many
                return None
            elements.append(msgspec.Raw(element))
            start = token.end()
        if mark in (b"[", b"{"):
            start = start or token.end()
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
            if not depth:
                return elements if mark == b"]" and not body[token.end() :].strip(_BLANKS) else None
    return None


def find_place(node: object, is_wrong: Callable[[object], bool], place: str = "") -> str | None:
    """The first field, as `errors[0].message`, whose value (or one of whose names) is wrong."""
    if isinstance(node, dict):
        if any(is_wrong(name) for name in node):
            return place or "body"
        children = [(f"{place}.{name}" if place else name, child) for name, child in node.items()]
    elif isinstance(node, list):
        children = [(f"{place}[{index}]", child) for index, child in enumerate(node)]
    else:
        return (place or "body") if is_wrong(node) else None
    for name, child in children:
        if (found := find_place(child, is_wrong, name)) is not None:
            return found
    return None


def _is_no_text(node: object) -> bool:
    return isinstance(node, str) and _SURROGATE.search(node) is not None


def _is_no_number(node: object) -> bool:
    return isinstance(node, _NoNumber)


def _malformed(detail: str, field: str) -> Dropped:
    return Dropped(DropReason.MALFORMED, detail, field)
