"""Decodes a beacon with a value out of the schema's bounds, or with a text that can't be kept: the rest is kept.

It is used only after strict decoding has failed. It removes values out of bounds (too large, negative, too long a name)
and replaces odd characters; a wrong type or a missing field stays an error. Fields that identify a view, or that count
left-out items, are never changed.
"""

from __future__ import annotations

from typing import Any

from msgspec import inspect

from leadline.wire.beacon import Beacon
from leadline.wire.characters import replace_characters
from leadline.wire.drops import DroppedField, DropReason

# Without these a beacon would belong to another view, session or version, or mean something else.
_NEVER_MENDED = frozenset({"key", "page_view_id", "seq", "session_id", "service_version", "cohort", "from"})
# Without one of these an item would mean something else: it is left out as a whole.
_NEEDED_BY_ITEM = frozenset({"name", "status_code", "method"})
# An attribute's name is the sender's own, and may be long.
_LONGEST_NAME = 128

_Range = inspect.IntType | inspect.FloatType


def mend(node: Any) -> tuple[Any, list[DroppedField]]:
    """The beacon, in plain JSON types, without its invalid parts, and a list of those."""
    dropped: list[DroppedField] = []
    if isinstance(node, dict):
        replace_characters(node, "", dropped, never=_NEVER_MENDED)
        _mend_struct(node, _BEACON, "", dropped, never=_NEVER_MENDED)
    return node, dropped


def range_of(struct: type, field: str) -> tuple[float | None, float | None]:
    """The smallest and largest value that a number on the wire may have."""
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    kind = next(_plain(each.type) for each in described.fields if each.encode_name == field)
    assert isinstance(kind, _Range)
    return kind.ge, kind.le


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type without `| None` and schema annotations."""
    if isinstance(kind, inspect.UnionType):
        [kind] = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
    return kind.type if isinstance(kind, inspect.Metadata) else kind


_BEACON = inspect.type_info(Beacon)


def _mend_struct(
    node: dict[str, Any],
    struct: inspect.Type,
    place: str,
    dropped: list[DroppedField],
    *,
    never: frozenset[str] = frozenset(),
) -> bool:
    """False if the struct needs the value that is out of bounds."""
    assert isinstance(struct, inspect.StructType)
    for each in struct.fields:
        name = each.encode_name
        if name in never or name not in node:
            continue
        here = f"{place}.{name}" if place else name
        kind = _plain(each.type)
        found = node[name]
        if _is_outside(found, kind):
            if place and name in _NEEDED_BY_ITEM:
                dropped.append(DroppedField(here, DropReason.OUT_OF_BOUNDS))
                return False
            del node[name]
            dropped.append(DroppedField(here, DropReason.OUT_OF_BOUNDS))
        elif isinstance(kind, inspect.StructType) and isinstance(found, dict):
            _mend_struct(found, kind, here, dropped)
        elif isinstance(kind, inspect.DictType) and isinstance(found, dict):
            _mend_values(found, kind, here, dropped)
        elif isinstance(kind, inspect.ListType) and isinstance(found, list):
            node[name] = [
                item
                for index, item in enumerate(found)
                if not isinstance(item, dict) or _mend_struct(item, kind.item_type, f"{here}[{index}]", dropped)
            ]
    return True


def _mend_values(node: dict[str, Any], kind: inspect.DictType, place: str, dropped: list[DroppedField]) -> None:
    kinds = kind.value_type.types if isinstance(kind.value_type, inspect.UnionType) else (kind.value_type,)
    number = next(each for each in kinds if isinstance(each, inspect.FloatType))
    for name in [name for name, found in node.items() if len(name) > _LONGEST_NAME or _is_outside(found, number)]:
        del node[name]
        dropped.append(DroppedField(f"{place}.{name[:_LONGEST_NAME]}", DropReason.OUT_OF_BOUNDS))


def _is_outside(found: object, kind: inspect.Type) -> bool:
    if isinstance(kind, _Range):
        if not isinstance(found, int | float) or isinstance(found, bool):
            return False
        return not (kind.ge is None or found >= kind.ge) or not (kind.le is None or found <= kind.le)
    if isinstance(kind, inspect.StrType) and isinstance(found, str):
        return not (kind.min_length or 0) <= len(found) <= (kind.max_length or len(found))
    return False
