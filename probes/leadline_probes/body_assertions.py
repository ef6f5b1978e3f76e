"""What a check expects of a body: a text, or values at paths of a JSON document. Reads no more than necessary."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from leadline_probes.http.bodies import UnreadableBody

# A health answer has a few hundred bytes, a page a few hundred kB. JSON is read as a whole, a text is searched while
# reading.
MOST_BODY_BYTES = 2 * 1024 * 1024
MOST_SEARCHED_BYTES = 16 * 1024 * 1024
_TURN_BYTES = 256 * 1024
_SHOWN_BYTES = 80

_PART = re.compile(r"""\.?([^.\[\]'"]+)|\[(-?\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]""")


class BodyDiffers(Exception):
    """The body arrived but is not what the check expects."""


async def expect_in_body(pieces: AsyncIterator[bytes], *, texts: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """BodyDiffers if it does not contain `texts`, or its JSON has other `values`. UnreadableBody is our limit."""
    if not values:
        await _find_texts(pieces, texts)
        return
    read = bytearray()
    async for piece in pieces:
        read += piece
        if len(read) > MOST_BODY_BYTES:
            raise UnreadableBody(f"the body is longer than {MOST_BODY_BYTES:,} bytes, which is all that a check reads")
    missing = next((text for text in texts if text.encode() not in read), None)
    if missing is not None:
        raise BodyDiffers(f"the body does not hold {missing!r}{_first_words(read)}")
    _compare(_as_json(read), values)


async def _find_texts(pieces: AsyncIterator[bytes], texts: tuple[str, ...]) -> None:
    """Reads only as far as necessary, and keeps no more than the longest text needs."""
    missing = [text.encode() for text in texts]
    kept = max(map(len, missing), default=1) - 1
    start, end = bytearray(), b""
    count = turn = 0
    async for piece in pieces:
        count += len(piece)
        start += piece[: max(_SHOWN_BYTES - len(start), 0)]
        window = end + piece
        missing = [text for text in missing if text not in window]
        if not missing:
            return
        if count > MOST_SEARCHED_BYTES:
            limit = f"in its first {MOST_SEARCHED_BYTES:,} bytes, which is all that a check reads"
            raise UnreadableBody(f"the body does not hold {missing[0].decode()!r} {limit}")
        end = window[-kept:] if kept else b""
        if count // _TURN_BYTES > turn:  # decompressed data needs no waiting: give others their turn
            turn = count // _TURN_BYTES
            await asyncio.sleep(0)
    if missing:
        raise BodyDiffers(f"the body does not hold {missing[0].decode()!r}{_first_words(start)}")


def find_value(document: Any, path: str) -> Any:
    """The value at a path such as `$.items[0].price` or `['a key'].b`. LookupError if there is none."""
    rest = path.strip().removeprefix("$")
    position = 0
    value = document
    while position < len(rest):
        found = _PART.match(rest, position)
        if found is None:
            raise LookupError(path)
        position = found.end()
        if found[2] is not None:
            if not isinstance(value, list):
                raise LookupError(path)
            value = value[int(found[2])]
        else:
            key = next(group for group in (found[1], found[3], found[4]) if group is not None)
            if not isinstance(value, dict):
                raise LookupError(path)
            value = value[key]
    return value


def _compare(document: Any, values: Mapping[str, Any]) -> None:
    for path, wanted in values.items():
        try:
            found = find_value(document, path)
        except LookupError:
            raise BodyDiffers(f"the JSON has nothing at {path}, expected {_short(wanted)}") from None
        if not _is_equal(found, wanted):
            raise BodyDiffers(f"the JSON has {_short(found)} at {path}, expected {_short(wanted)}")


def _is_equal(found: Any, wanted: Any) -> bool:
    """In Python True equals 1; in JSON it does not."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_is_equal, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_is_equal(found[key], wanted[key]) for key in found)
    return bool(found == wanted)


def _as_json(read: bytearray) -> Any:
    try:
        return json.loads(bytes(read).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BodyDiffers(f"the body is no JSON: {error}{_first_words(read)}") from error


def _first_words(read: bytearray) -> str:
    start = " ".join(bytes(read[:_SHOWN_BYTES]).decode("utf-8", errors="replace").split())
    return f"; it begins with {start!r}" if start else "; it is empty"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
