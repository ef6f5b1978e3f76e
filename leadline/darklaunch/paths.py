"""The part of JSON path (RFC 9535) that ignore rules need: names, indices, `*`, and `..` for any depth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

__all__ = ["Path", "Pattern", "compile_path", "matches", "write_path"]

Path = tuple[str | int, ...]


class _Any(Enum):
    ONE = "*"
    DEEP = ".."


Pattern = tuple[str | int | _Any, ...]
_TOKEN = re.compile(
    r"\.\.(?P<deep>[A-Za-z_][\w-]*|\*)|\.(?P<name>[A-Za-z_][\w-]*|\*)|"
    r"\[(?:(?P<index>\d+)|(?P<star>\*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\]"
)


def compile_path(text: str) -> Pattern:
    """`$.items[*].price`, `$..id`, `$['odd name']`. Raises ValueError with the place of the error."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} must begin with $, such as $.items[*].price")
    found: list[str | int | _Any] = []
    at = 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} can't be read from {text[at:]!r} on; write $.items[*].price or $..id")
        at = match.end()
        if match["deep"] is not None:
            found += [_Any.DEEP, _Any.ONE if match["deep"] == "*" else match["deep"]]
        elif match["index"] is not None:
            found.append(int(match["index"]))
        elif match["star"] is not None or match["name"] == "*":
            found.append(_Any.ONE)
        else:
            found.append(next(name for name in (match["name"], match["single"], match["double"]) if name is not None))
    return tuple(found)


def matches(pattern: Pattern, path: Sequence[str | int]) -> bool:
    """Whether the pattern names this place, or one that it lies in."""
    if not pattern:
        return True
    head, rest = pattern[0], pattern[1:]
    if head is _Any.DEEP:
        return any(matches(rest, path[begin:]) for begin in range(len(path)))
    if not path:
        return False
    return (head is _Any.ONE or head == path[0]) and matches(rest, path[1:])


def write_path(path: Sequence[str | int], *, with_indices: bool = True) -> str:
    """`$.items[3].price`; without indices `$.items[*].price`."""
    parts = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]" if with_indices else "[*]")
        else:
            parts.append(f".{part}" if re.fullmatch(r"[A-Za-z_][\w-]*", part) else f"[{part!r}]")
    return "$" + "".join(parts)
