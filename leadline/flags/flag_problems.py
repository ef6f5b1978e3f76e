"""What is wrong with a set of flags and rings: names that lead nowhere, circles, shares that add up to too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from math import isfinite

from leadline.flags.definition import Condition, Flag, Ring, Rule

__all__ = ["find_problems"]

# Where in the configuration: ("flag", 0, "rules", 2, "ring").
Where = tuple[str | int, ...]


def find_problems(flags: Sequence[Flag], rings: Sequence[Ring]) -> Iterator[tuple[Where, str]]:
    """(where, message) for each problem. Apps are not checked here."""
    keys = [flag.key for flag in flags]
    for index, flag in enumerate(flags):
        if flag.key in keys[:index]:
            yield ("flag", index, "key"), f"the flag {flag.key!r} occurs twice; keys must be unique over all apps"
        yield from _problems_of(index, flag, flags, rings)
    for index, ring in enumerate(rings):
        if any((other.name, other.app) == (ring.name, ring.app) for other in rings[:index]):
            yield ("ring", index, "name"), f"the ring {ring.name!r} of {ring.app!r} occurs twice"
        yield from _unknown_names(("ring", index, "when"), ring.when, ring.app, flags, rings)
        if circle := _find_circle(f"ring {ring.name}", ring.app, flags, rings):
            yield ("ring", index, "when"), f"the ring {ring.name!r} depends on itself: {' → '.join(circle)}"


def _problems_of(index: int, flag: Flag, flags: Sequence[Flag], rings: Sequence[Ring]) -> Iterator[tuple[Where, str]]:
    here: Where = ("flag", index)
    if not flag.variants:
        yield (*here, "variants"), f"{flag.key!r} has no variants; write variants = {{ on = true, off = false }}"
        return
    for name, value in flag.variants.items():
        if not _is_json(value):
            yield (*here, "variants", name), f"the variant {name!r} is {value!r}, which JSON can't say; write a text"
    for field in ("default", "kill"):
        yield from _unknown((*here, field), "variant", getattr(flag, field), list(flag.variants))
    if len({_type_of(value) for value in flag.variants.values()}) > 1:
        yield (*here, "variants"), f"the variants of {flag.key!r} have different types; clients expect one type"
    for variant in flag.cohorts:
        yield from _unknown((*here, "cohorts"), "variant", variant, list(flag.variants))
    for number, rule in enumerate(flag.rules):
        at = (*here, "rules", number)
        yield from _unknown((*at, "variant"), "variant", rule.variant, list(flag.variants))
        if rule.ring is not None:
            yield from _unknown((*at, "ring"), "ring", rule.ring, _rings_of(flag.app, rings), noun_of=flag.app)
        if not rule.is_targeted and rule.share is None:
            yield at, "a rule needs a ring, when or share; without one write it as the flag's default"
        yield from _unknown_names((*at, "when"), rule.when, flag.app, flags, rings)
    if (whole := _share_of_all(flag.rules)) > 1 + 1e-9:
        yield (*here, "rules"), f"the shares of {flag.key!r} add up to {whole:g}; they must not be more than 1"
    if circle := _find_circle(f"flag {flag.key}", flag.app, flags, rings):
        yield (*here, "rules"), f"the flag {flag.key!r} depends on itself: {' → '.join(circle)}"


def _share_of_all(rules: Sequence[Rule]) -> float:
    """What the rules for everybody come to; rules for the same variant share one slice."""
    widest: dict[str, float] = {}
    for rule in rules:
        if rule.share is not None and not rule.is_targeted:
            widest[rule.variant] = max(widest.get(rule.variant, 0.0), rule.share)
    return sum(widest.values())


def _unknown_names(
    where: Where, when: Sequence[Condition], app: str, flags: Sequence[Flag], rings: Sequence[Ring]
) -> Iterator[tuple[Where, str]]:
    for condition in when:
        if condition.attribute == "ring":
            for name in condition.values:
                yield from _unknown((*where, "ring"), "ring", name, _rings_of(app, rings), noun_of=app)
        elif condition.attribute.startswith("flag."):
            known = [flag for flag in flags if flag.app == app]
            key = condition.attribute[5:]
            yield from _unknown(where, "flag", key, [flag.key for flag in known], noun_of=app)
            for other in (flag for flag in known if flag.key == key):
                for variant in condition.values:
                    yield from _unknown(where, f"variant of {key}", variant, list(other.variants))


def _find_circle(start: str, app: str, flags: Sequence[Flag], rings: Sequence[Ring]) -> list[str]:
    """The way from `start` back to itself; empty where there is none."""
    edges = _edges(app, flags, rings)

    def search(node: str, path: list[str]) -> list[str]:
        for following in edges.get(node, ()):
            if following == start:
                return [*path, following]
            if following not in path and (found := search(following, [*path, following])):
                return found
        return []

    return search(start, [start])


def _edges(app: str, flags: Sequence[Flag], rings: Sequence[Ring]) -> dict[str, list[str]]:
    edges = {f"ring {ring.name}": _needs(ring.when) for ring in rings if ring.app == app}
    for flag in flags:
        if flag.app == app:
            own = edges.setdefault(f"flag {flag.key}", [])
            for rule in flag.rules:
                own += [f"ring {rule.ring}"] if rule.ring is not None else []
                own += _needs(rule.when)
    return edges


def _needs(when: Sequence[Condition]) -> list[str]:
    needed: list[str] = []
    for condition in when:
        if condition.attribute == "ring":
            needed += [f"ring {name}" for name in condition.values]
        elif condition.attribute.startswith("flag."):
            needed.append(f"flag {condition.attribute[5:]}")
    return needed


def _rings_of(app: str, rings: Sequence[Ring]) -> list[str]:
    return [ring.name for ring in rings if ring.app == app]


def _is_json(value: object) -> bool:
    match value:
        case bool() | int() | str():
            return True
        case float():
            return isfinite(value)
        case list():
            return all(map(_is_json, value))
        case dict():
            return all(map(_is_json, value.values()))
        case _:
            return False


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def _unknown(where: Where, noun: str, name: str, known: list[str], *, noun_of: str = "") -> Iterator[tuple[Where, str]]:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        of = f" of app {noun_of!r}" if noun_of else ""
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(map(repr, known)) or 'none'}"
        yield where, f"no {noun}{of} is named {name!r}; {hint}"
