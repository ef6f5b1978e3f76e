"""A flag, its rules, the rings they name, and what a command set over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

__all__ = [
    "TARGETING_KEY",
    "Condition",
    "Context",
    "Flag",
    "FlagState",
    "Override",
    "Ring",
    "Rule",
    "Variants",
    "as_text",
    "read_conditions",
]

# OpenFeature's name for who is asked about (specification, section 3.1).
TARGETING_KEY = "targetingKey"
Context = Mapping[str, Any]
Variants = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An attribute of the evaluation context is one of `values`, compared as text (`true`, `5`, `shop.example`).

    `ring` as attribute means that the other ring matches; `flag.KEY` that the other flag gives one of these variants.
    """

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """People who get a change together. All conditions must hold."""

    name: str
    app: str
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who gets `variant`: everybody who is in the ring, meets the conditions, and falls into the share."""

    variant: str
    ring: str | None = None
    when: tuple[Condition, ...] = ()
    share: float | None = None

    @property
    def is_targeted(self) -> bool:
        return self.ring is not None or bool(self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """`default` for whom no rule matches, `kill` for everybody once it is killed. Both name variants.

    `cohorts` says as which cohort a variant's page views are to count (`on = "canary"`).
    """

    key: str
    app: str
    variants: Variants
    default: str
    kill: str
    rules: tuple[Rule, ...] = ()
    description: str = ""
    cohorts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a command, a hook or a release set; it outranks the file until it is restored.

    `killed`: everybody gets the kill variant. `set` without rules: everybody gets `variant`; with rules: they replace
    the flag's own, and whom none matches gets the flag's default.
    """

    action: Literal["killed", "set"]
    variant: str
    at: datetime
    by: str
    reason: str = ""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagState:
    """What the records know of one flag. `definition`: a command made it; `configured`: as the file last had it."""

    key: str
    app: str
    changed_at: datetime
    changed_by: str
    definition: Flag | None = None
    override: Override | None = None
    configured: Flag | None = None


def read_conditions(when: Mapping[str, Any]) -> tuple[Condition, ...]:
    """`{ email_domain = "shop.example", plan = ["pro", "team"] }`; a table inside becomes a dotted attribute."""
    return tuple(_conditions("", when))


def _conditions(prefix: str, when: Mapping[str, Any]) -> Iterable[Condition]:
    for name, wanted in when.items():
        if isinstance(wanted, Mapping):
            yield from _conditions(f"{prefix}{name}.", wanted)
        else:
            values = wanted if isinstance(wanted, list | tuple) else [wanted]
            yield Condition(attribute=prefix + name, values=tuple(as_text(one) for one in values))


def as_text(value: Any) -> str:
    """How a value is compared: as JSON writes it, whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
