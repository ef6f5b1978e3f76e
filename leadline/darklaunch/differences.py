"""Where two answers differ, and the signature under which such a difference is counted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

import msgspec

from leadline.darklaunch.answers import Answer
from leadline.darklaunch.paths import Path, Pattern, matches, write_path

__all__ = ["Difference", "Rules", "find_differences", "signature_of"]

# One answer may differ everywhere; a person reads the first few places.
MOST_DIFFERENCES = 20


class Difference(msgspec.Struct, frozen=True):
    """`kind`: changed, type, added (the candidate has it), missing (it lacks it), or raised."""

    path: Path
    kind: str
    trusted: Any
    candidate: Any


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Rules for equality: places to ignore, lists whose order does not matter, and the tolerance for numbers."""

    ignore: Sequence[Pattern] = ()
    unordered: Sequence[Pattern] = ()
    tolerance: float = 0.0


def find_differences(trusted: Answer, candidate: Answer, rules: Rules) -> list[Difference]:
    """The first differences; empty if there are none that count."""
    if trusted.has_failed or candidate.has_failed:
        if trusted.error_type == candidate.error_type:
            return []
        raised = [one.error_type or "returned" for one in (trusted, candidate)]
        return [_difference((), "raised", raised[0], raised[1])]
    if trusted.json == candidate.json:
        return []
    found: list[Difference] = []
    for difference in _walk(msgspec.json.decode(trusted.json), msgspec.json.decode(candidate.json), (), rules):
        found.append(difference)
        if len(found) == MOST_DIFFERENCES:
            break
    return found


def signature_of(differences: Sequence[Difference]) -> str:
    """`$.items[*].price changed; $.total changed`: the same for every item and every value."""
    words = []
    for one in differences:
        place = write_path(one.path, with_indices=False)
        if one.kind == "raised":
            words.append(f"trusted {one.trusted}, candidate {one.candidate}")
        else:
            words.append(f"{place} {one.kind}")
    return "; ".join(dict.fromkeys(words))


def _walk(trusted: Any, candidate: Any, path: Path, rules: Rules) -> Iterator[Difference]:
    if any(matches(pattern, path) for pattern in rules.ignore):
        return
    if isinstance(trusted, dict) and isinstance(candidate, dict):
        for name in sorted(trusted.keys() | candidate.keys()):  # the same signature in every process
            place = (*path, name)
            if name not in candidate:
                yield from _unless_ignored(_difference(place, "missing", trusted[name], None), rules)
            elif name not in trusted:
                yield from _unless_ignored(_difference(place, "added", None, candidate[name]), rules)
            else:
                yield from _walk(trusted[name], candidate[name], place, rules)
    elif isinstance(trusted, list) and isinstance(candidate, list):
        if any(matches(pattern, path) and not matches(pattern, path[:-1]) for pattern in rules.unordered):
            trusted, candidate = sorted(trusted, key=_canonical), sorted(candidate, key=_canonical)
        for index, (one, other) in enumerate(zip(trusted, candidate, strict=False)):
            yield from _walk(one, other, (*path, index), rules)
        if len(trusted) != len(candidate):
            longer, kind = (trusted, "missing") if len(trusted) > len(candidate) else (candidate, "added")
            for index in range(min(len(trusted), len(candidate)), len(longer)):
                values = (longer[index], None) if kind == "missing" else (None, longer[index])
                yield from _unless_ignored(_difference((*path, index), kind, *values), rules)
    elif not _is_same(trusted, candidate, rules.tolerance):
        kind = "changed" if _type_of(trusted) == _type_of(candidate) else "type"
        yield _difference(path, kind, trusted, candidate)


def _difference(path: Path, kind: str, trusted: Any, candidate: Any) -> Difference:
    return Difference(path=path, kind=kind, trusted=trusted, candidate=candidate)


def _unless_ignored(difference: Difference, rules: Rules) -> Iterator[Difference]:
    if not any(matches(pattern, difference.path) for pattern in rules.ignore):
        yield difference


def _is_same(trusted: Any, candidate: Any, tolerance: float) -> bool:
    if _type_of(trusted) == _type_of(candidate) == "number":
        return trusted == candidate or (tolerance > 0 and isclose(trusted, candidate, rel_tol=tolerance))
    return type(trusted) is type(candidate) and bool(trusted == candidate)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
