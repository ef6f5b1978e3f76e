"""Replaces characters that no store can keep: NUL, and halves of surrogate pairs.

Both come from honest pages: a parser's error quotes a NUL; a text cut in the middle of an emoji ends in
half of it. U+FFFD replaces them, as in browsers, and the rest is kept. Fields that identify
a view, session or version are never changed.
"""

from __future__ import annotations

import re
from typing import Any

from leadline.wire.drops import DroppedField, DropReason

_ODD = re.compile("[\0\ud800-\udfff]")
_IN_ITS_PLACE = "\ufffd"


def has_odd_character(node: object) -> bool:
    return isinstance(node, str) and _ODD.search(node) is not None


def replace_characters(
    node: dict[str, Any] | list[Any], place: str, dropped: list[DroppedField], *, never: frozenset[str] = frozenset()
) -> None:
    """Corrects the texts of `node` in place and adds each to `dropped`; a value with an odd name is removed."""
    if isinstance(node, list):
        node[:] = [_replace(child, f"{place}[{index}]", dropped) for index, child in enumerate(node)]
        return
    for name in [name for name in node if name not in never]:
        if has_odd_character(name):
            del node[name]
            dropped.append(DroppedField(place or "body", DropReason.ODD_CHARACTER))
        else:
            node[name] = _replace(node[name], f"{place}.{name}" if place else name, dropped)


def _replace(child: Any, place: str, dropped: list[DroppedField]) -> Any:
    if isinstance(child, dict | list):
        replace_characters(child, place, dropped)
    elif has_odd_character(child):
        dropped.append(DroppedField(place, DropReason.ODD_CHARACTER))
        return _ODD.sub(_IN_ITS_PLACE, child)
    return child
