"""What becomes of a flag's state when somebody defines, sets, kills, restores or removes it. Pure decisions.

Each returns the state from now on and the change for the history; None where there is nothing to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leadline.flags.definition import Flag, FlagState, Override, Rule
from leadline.model import FlagAction, FlagChange

__all__ = [
    "Author",
    "configure_flag",
    "define_flag",
    "describe_rules",
    "describe_set",
    "kill_flag",
    "restore_flag",
    "set_flag",
]

Decision = tuple[FlagState, FlagChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changes it, when and why. `change_id` is the id of the change."""

    change_id: str
    by: str
    at: datetime
    reason: str = ""
    environment: str = "production"


def kill_flag(before: FlagState | None, flag: Flag, author: Author) -> Decision | None:
    """Everybody gets the kill variant. A killed flag stays killed by whom it was."""
    if before is not None and before.override is not None and before.override.action == "killed":
        return None
    override = Override(action="killed", variant=flag.kill, at=author.at, by=author.by, reason=author.reason)
    return _changed(before, flag, author, "killed", override, f"everybody gets {flag.kill!r}")


def set_flag(
    before: FlagState | None, flag: Flag, author: Author, *, variant: str, share: float | None, rings: Sequence[str]
) -> Decision:
    """Everybody gets `variant`; with `share` or `rings` only they, and the others the default."""
    rules = _rules_to_set(variant, share=share, rings=rings)
    override = Override(
        action="set", variant=variant, at=author.at, by=author.by, reason=author.reason, rules=tuple(rules)
    )
    reach = describe_set(variant, flag.default, share=share, rings=rings)
    return _changed(before, flag, author, "set", override, reach)


def describe_set(variant: str, default: str, *, share: float | None, rings: Sequence[str]) -> str:
    """The reach of a flag that is set so, in words."""
    rules = _rules_to_set(variant, share=share, rings=rings)
    return describe_rules(rules, default if rules else variant)


def _rules_to_set(variant: str, *, share: float | None, rings: Sequence[str]) -> list[Rule]:
    rules = [Rule(variant=variant, ring=ring) for ring in rings]
    return rules if share is None else [*rules, Rule(variant=variant, share=share)]


def restore_flag(before: FlagState | None, flag: Flag, author: Author) -> Decision | None:
    """What a command set is taken back; the configured rules hold again."""
    if before is None or before.override is None:
        return None
    return _changed(before, flag, author, "restored", None, describe_rules(flag.rules, flag.default))


def define_flag(before: FlagState | None, flag: Flag, author: Author) -> Decision:
    """A flag that only the records have, or that one in its new form."""
    state, change = _changed(
        before, flag, author, "defined", before.override if before else None, describe_rules(flag.rules, flag.default)
    )
    return replace(state, definition=flag), change


def configure_flag(before: FlagState | None, flag: Flag, author: Author) -> Decision | None:
    """The file has the flag, for the first time or in a new form."""
    if before is not None and before.configured == flag:
        return None
    override = before.override if before else None
    state, change = _changed(before, flag, author, "configured", override, describe_rules(flag.rules, flag.default))
    return replace(state, configured=flag), change


def describe_rules(rules: Sequence[Rule], default: str) -> str:
    """Who gets what, in words: `ring staff and 5 % of users get 'on', the others 'off'`."""
    if not rules:
        return f"everybody gets {default!r}"
    groups: dict[str, list[str]] = {}
    for rule in rules:
        parts = [f"ring {rule.ring}"] if rule.ring is not None else []
        parts += [f"{one.attribute} {' or '.join(one.values)}" for one in rule.when]
        if rule.share is not None:
            parts.append(f"{rule.share * 100:g} % of {'them' if parts else 'users'}")
        groups.setdefault(rule.variant, []).append(", ".join(parts))
    said = "; ".join(f"{' and '.join(who)}: {variant!r}" for variant, who in groups.items())
    return f"{said}; the others: {default!r}"


def _changed(
    before: FlagState | None, flag: Flag, author: Author, action: FlagAction, override: Override | None, reach: str
) -> Decision:
    state = FlagState(
        key=flag.key,
        app=flag.app,
        changed_at=author.at,
        changed_by=author.by,
        definition=before.definition if before else None,
        override=override,
        configured=before.configured if before else None,
    )
    change = FlagChange(
        change_id=author.change_id,
        changed_at=author.at,
        app=flag.app,
        environment=author.environment,
        flag=flag.key,
        action=action,
        variant=override.variant if override else flag.default,
        reach=reach,
        changed_by=author.by,
        reason=author.reason,
    )
    return state, change
