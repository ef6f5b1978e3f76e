"""Names the field that makes a body no JSON of ours, after the decoder has refused it: slow, and only for the answer.

The decoder knows where in the bytes it stopped, or not even that; whoever has to mend a page needs the field's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import msgspec

from leadline.wire.drops import Dropped, DropReason

# What a browser can send in one beacon (the quota of keepalive requests, Fetch 4.6); a larger body is not looked into.
LONGEST_LOOKED_INTO = 64 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\n\r]*")
_OTHER_UNICODE = (b"\xff\xfe", b"\xfe\xff")


class _NoNumber(float):
    """NaN or Infinity, which Python's decoder takes."""


_python = json.JSONDecoder(parse_constant=_NoNumber)


def find_fault(body: bytes) -> Dropped | None:
    """What is wrong, and in which field; None where the bytes are not even nearly JSON."""
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


def split_leniently(body: bytes) -> list[msgspec.Raw] | None:
    """The elements of an array of which one or another is nearly JSON, so that it costs only itself; else None."""
    if len(body) > LONGEST_LOOKED_INTO:
        return None
    text = body.decode("utf-8", "surrogateescape")
    elements: list[msgspec.Raw] = []
    at = _skip_blanks(text, 0) + 1
    try:
        while True:
            start = _skip_blanks(text, at)
            _, at = _python.raw_decode(text, start)
            elements.append(msgspec.Raw(text[start:at].encode("utf-8", "surrogateescape")))
            at = _skip_blanks(text, at) + 1
            if text[at - 1 : at] != ",":
                break
    except (ValueError, RecursionError):
        return None
    return elements if text[at - 1 : at] == "]" and _skip_blanks(text, at) == len(text) else None


def _skip_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


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
