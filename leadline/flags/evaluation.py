"""Who gets which variant. The first rule that matches decides; else the default; a kill outranks everything.

Shares: a variant's share is a slice of the line from 0 to 1 on which every targeting key has its place. Rules for the
same variant share one slice, another variant's slice lies behind it. So a share that grows keeps whoever was in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from leadline.flags.definition import TARGETING_KEY, Condition, Context, Flag, Override, Ring, Rule, as_text
from leadline.flags.share import bucket_of

__all__ = ["Evaluation", "EvaluationFailed", "FlagSet", "Reason"]

# OpenFeature's words (specification, types, "Resolution reason").
Reason = Literal["STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`because` says it in words, for a person who asks why."""

    key: str
    variant: str
    value: Any
    reason: Reason
    because: str


class EvaluationFailed(Exception):
    """OpenFeature's error code and what is wrong in words."""

    def __init__(
        self, code: Literal["FLAG_NOT_FOUND", "TARGETING_KEY_MISSING", "INVALID_CONTEXT"], details: str
    ) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class FlagSet:
    """The flags of one app as they are in force. Immutable; evaluating costs some microseconds."""

    def __init__(
        self, flags: Iterable[Flag], rings: Iterable[Ring], overrides: dict[str, Override] | None = None
    ) -> None:
        self.flags = {flag.key: flag for flag in flags}
        self.rings = {ring.name: ring for ring in rings}
        self.overrides = overrides or {}
        # Without words an answer is the same for each variant and reason, so there are few.
        self._wordless: dict[tuple[str, str, Reason], Evaluation] = {}

    def evaluate(self, key: str, context: Context, *, explains: bool = True) -> Evaluation:
        """Raises EvaluationFailed. Without `explains`, `because` is empty: words cost a seventh of an evaluation."""
        return self._evaluate(key, context, (), explains=explains)

    def _evaluate(self, key: str, context: Context, asked: tuple[str, ...], *, explains: bool) -> Evaluation:
        flag = self.flags.get(key)
        if flag is None:
            raise EvaluationFailed("FLAG_NOT_FOUND", f"no flag has the key {key!r}")
        override = self.overrides.get(key)
        rules = flag.rules
        if override is not None:
            said = _describe_override(override) if explains else ""
            if override.action == "killed" or not override.rules:
                reason: Reason = "DISABLED" if override.action == "killed" else "STATIC"
                return self._answer(flag, override.variant, reason, said)
            rules = override.rules
        if not rules:
            said = "it has no rules: everybody gets the default" if explains else ""
            return self._answer(flag, flag.default, "STATIC", said)
        return self._follow(flag, rules, context, (*asked, key), explains=explains)

    def _follow(
        self, flag: Flag, rules: Sequence[Rule], context: Context, asked: tuple[str, ...], *, explains: bool
    ) -> Evaluation:
        begins: dict[str, float] = {}
        end = 0.0
        place: float | None = None
        for number, rule in enumerate(rules, start=1):
            if rule.is_targeted and not self._applies(rule, context, asked):
                continue
            if rule.share is None:
                because = f"rule {number} matches: {_describe(rule)}" if explains else ""
                return self._answer(flag, rule.variant, "TARGETING_MATCH", because)
            if place is None:
                place = bucket_of(flag.key, _targeting_key(flag.key, context))
            begin = begins.setdefault(rule.variant, end)
            end = max(end, begin + rule.share)
            if begin <= place < begin + rule.share:
                if not explains:
                    return self._answer(flag, rule.variant, "SPLIT", "")
                where = f"the targeting key stands at {place:.4f}, inside {begin:g} to {begin + rule.share:g}"
                return self._answer(flag, rule.variant, "SPLIT", f"rule {number} matches: {_describe(rule)}; {where}")
        if place is None:
            because = "no rule matches: the default" if explains else ""
            return self._answer(flag, flag.default, "DEFAULT", because)
        if not explains:
            return self._answer(flag, flag.default, "SPLIT", "")
        because = f"no rule matches: the default; the targeting key stands at {place:.4f}, outside every share"
        return self._answer(flag, flag.default, "SPLIT", because)

    def _answer(self, flag: Flag, variant: str, reason: Reason, because: str) -> Evaluation:
        if because:
            return Evaluation(flag.key, variant, flag.variants[variant], reason, because)
        place = (flag.key, variant, reason)
        told = self._wordless.get(place)
        if told is None:
            told = self._wordless[place] = Evaluation(flag.key, variant, flag.variants[variant], reason, "")
        return told

    def _applies(self, rule: Rule, context: Context, asked: tuple[str, ...]) -> bool:
        if rule.ring is not None and not self._is_in_ring(rule.ring, context, asked, ()):
            return False
        return self._hold(rule.when, context, asked, ())

    def _is_in_ring(self, name: str, context: Context, asked: tuple[str, ...], rings: tuple[str, ...]) -> bool:
        ring = self.rings.get(name)
        if ring is None or name in rings:  # checked where they are configured; a flag never fails for it
            return False
        return self._hold(ring.when, context, asked, (*rings, name))

    def _hold(
        self, conditions: Sequence[Condition], context: Context, asked: tuple[str, ...], rings: tuple[str, ...]
    ) -> bool:
        # A loop, because `all` over a generator costs twice as much for the one condition that there usually is.
        for one in conditions:  # noqa: SIM110
            if not self._holds(one, context, asked, rings):
                return False
        return True

    def _holds(self, condition: Condition, context: Context, asked: tuple[str, ...], rings: tuple[str, ...]) -> bool:
        name = condition.attribute
        if name == "ring":
            return any(self._is_in_ring(ring, context, asked, rings) for ring in condition.values)
        if name.startswith("flag.") and (key := name[5:]) in self.flags:
            return key not in asked and self._evaluate(key, context, asked, explains=False).variant in condition.values
        found = _find(context, name)
        return bool(found) and any(as_text(one) in condition.values for one in found)


def _describe_override(override: Override) -> str:
    said = f"{override.action} by {override.by} at {override.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{said}: {override.reason}" if override.reason else said


def _targeting_key(key: str, context: Context) -> str:
    found = context.get(TARGETING_KEY)
    if not isinstance(found, str) or not found:
        raise EvaluationFailed("TARGETING_KEY_MISSING", f"{key!r} goes to a share of users: send a targetingKey")
    return found


def _find(context: Context, name: str) -> Sequence[Any]:
    """The attribute by its whole name, else by its path; a list matches with any of its elements."""
    found: Any = context.get(name)
    if found is None and "." in name:
        found = context
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if found is None:
        return ()
    return found if isinstance(found, list | tuple) else (found,)


def _describe(rule: Rule) -> str:
    parts = [f"ring {rule.ring}"] if rule.ring is not None else []
    parts += [f"{one.attribute} is {' or '.join(one.values)}" for one in rule.when]
    if rule.share is not None:
        parts.append(f"{rule.share * 100:g} % of users")
    return f"{', '.join(parts) or 'everybody'} gets {rule.variant!r}"
