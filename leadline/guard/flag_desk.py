"""Changes of a flag by a person or a hook: check, commit, publish. The command and web both use this.

It only uses a protocol of the records, so that this package works without a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

from leadline.clock import new_id
from leadline.errors import ConfigurationError
from leadline.flags import Flag, FlagSet, FlagState, Override, Ring, find_problems, in_force
from leadline.flags.changes import (
    Author,
    configure_flag,
    define_flag,
    describe_rules,
    kill_flag,
    restore_flag,
    set_flag,
)
from leadline.guard.flag_file import is_published, publish_flags, read_published
from leadline.model import FlagChange

__all__ = ["FlagDesk", "FlagRecords"]

Row = dict[str, Any]
Decide = Callable[[FlagState | None], tuple[FlagState, FlagChange] | None]


class FlagRecords(Protocol):
    """The part of the records used here."""

    def flag_states(self) -> list[FlagState]: ...
    def change_flag(self, key: str, decide: Decide) -> FlagState | None: ...


class FlagDesk:
    """`flags` and `rings` as the file has them, `environments` by app. Every change is committed, then published."""

    def __init__(
        self,
        records: FlagRecords,
        *,
        home: Path,
        flags: Sequence[Flag],
        rings: Sequence[Ring],
        environments: Mapping[str, str],
    ) -> None:
        self._records = records
        self._home = home
        self._flags = list(flags)
        self._rings = list(rings)
        self._environments = environments

    def kill(self, key: str, *, by: str, reason: str, at: datetime) -> Row:
        """Everybody gets the kill variant. Killing a killed flag changes nothing and publishes it again."""
        flag = self._known(key)
        author = self._author(flag.app, by=by, reason=reason, at=at)
        return self._change(flag, lambda before: kill_flag(before, flag, author), at=at)

    def restore(self, key: str, *, by: str, reason: str, at: datetime) -> Row:
        """Undoes a set or a kill."""
        flag = self._known(key)
        author = self._author(flag.app, by=by, reason=reason, at=at)
        return self._change(flag, lambda before: restore_flag(before, flag, author), at=at)

    def set(
        self,
        key: str,
        *,
        variant: str | None,
        share: float | None = None,
        rings: Sequence[str] = (),
        by: str,
        reason: str,
        at: datetime,
        over: Override | None = None,
    ) -> Row:
        """Raises ConfigurationError for an unknown variant or ring, a share outside 0 to 1, or a killed flag; with
        `over`, also where something else than that is in force by now."""
        flag = self._known(key)
        chosen = variant if variant is not None else _other_variant(flag)
        _check(chosen, list(flag.variants), noun="variant", of=f"flag {key!r}")
        for ring in rings:
            _check(ring, [one.name for one in self._rings if one.app == flag.app], noun="ring", of=f"app {flag.app!r}")
        if share is not None and not 0 <= share <= 1:
            raise ConfigurationError(f"share {share:g} is not between 0 and 1", hint="5 % of users is 0.05")
        author = self._author(flag.app, by=by, reason=reason, at=at)

        def decide(before: FlagState | None) -> tuple[FlagState, FlagChange]:
            if before is not None and before.override is not None and before.override.action == "killed":
                raise ConfigurationError(
                    f"{key} is killed, by {before.override.by}",
                    hint=f"take the kill back first: leadline flag restore {key}",
                )
            if over is not None and (before is None or before.override != over):
                raise ConfigurationError(f"somebody changed {key} meanwhile", hint=f"leadline flag list shows {key}")
            return set_flag(before, flag, author, variant=chosen, share=share, rings=rings)

        return self._change(flag, decide, at=at)

    def define(self, flag: Flag, *, by: str, reason: str, at: datetime) -> Row:
        """Creates a flag that is not in the file. Raises ConfigurationError for values that the file would reject,
        too.
        """
        if any(one.key == flag.key for one in self._flags):
            raise ConfigurationError(
                f"leadline.toml has the flag {flag.key!r}", hint="change it there, or set its variant"
            )
        _check(flag.app, list(self._environments), noun="app", of="leadline.toml")
        others = [one for one in self._all() if one.key != flag.key]
        wrong = [message for where, message in find_problems([*others, flag], self._rings) if where[1] == len(others)]
        if wrong:
            raise ConfigurationError("; ".join(wrong))
        author = self._author(flag.app, by=by, reason=reason, at=at)
        return self._change(flag, lambda before: define_flag(before, flag, author), at=at)

    def rehearse(self, key: str, *, at: datetime) -> str:
        """Publishes the current state again: all steps of a kill except the change."""
        flag = self._known(key)
        publish_flags(self._home, self._records.flag_states, now=at)
        return f"published; a kill of {key} would give everybody {flag.kill!r}"

    def note_configured(self, at: datetime) -> int:
        """Records flags of the file that the records don't have yet; returns how many."""
        seen = {state.key: state.configured for state in self._records.flag_states()}
        fresh = [flag for flag in self._flags if seen.get(flag.key) != flag]
        for flag in fresh:
            author = self._author(flag.app, by="leadline.toml", reason="", at=at)
            self._records.change_flag(flag.key, lambda before, f=flag, a=author: configure_flag(before, f, a))  # type: ignore[misc]
        return len(fresh)

    def mend(self, at: datetime) -> bool:
        """Publishes if the file differs from the records; returns whether it did."""
        states = self._records.flag_states()
        if (not states and read_published(self._home) is None) or is_published(self._home, states):
            return False
        publish_flags(self._home, self._records.flag_states, now=at)
        return True

    def rows(self) -> list[Row]:
        """Every flag, as `leadline flag list` and `GET /v1/flags` show it."""
        states = {state.key: state for state in self._records.flag_states()}
        return [self._row(flag, states.get(flag.key)) for flag in self._all()]

    def flag_set(self, app: str) -> FlagSet:
        """The flags in force for an app."""
        return in_force(app, self._flags, self._rings, self._records.flag_states())

    def find(self, key: str) -> Flag:
        """Raises ConfigurationError that names the nearest key."""
        return self._known(key)

    def _change(self, flag: Flag, decide: Decide, *, at: datetime) -> Row:
        after = self._records.change_flag(flag.key, decide)
        publish_flags(self._home, self._records.flag_states, now=at)
        return self._row(flag, after)

    def _all(self) -> list[Flag]:
        known = {flag.key for flag in self._flags}
        made = [state.definition for state in self._records.flag_states() if state.definition is not None]
        return [*self._flags, *(flag for flag in made if flag.key not in known)]

    def _known(self, key: str) -> Flag:
        flags = self._all()
        for flag in flags:
            if flag.key == key:
                return flag
        near = get_close_matches(key, [flag.key for flag in flags], n=1)
        there = ", ".join(repr(flag.key) for flag in flags) or "none"
        raise ConfigurationError(
            f"no flag has the key {key!r}", hint=f"did you mean {near[0]!r}?" if near else f"known: {there}"
        )

    def _author(self, app: str, *, by: str, reason: str, at: datetime) -> Author:
        environment = self._environments.get(app, "production")
        return Author(change_id=new_id(), by=by, at=at, reason=reason, environment=environment)

    def _row(self, flag: Flag, state: FlagState | None) -> Row:
        override = state.override if state is not None else None
        rules = flag.rules if override is None else override.rules
        variant = flag.default if override is None else override.variant
        if override is not None and override.action == "killed":
            variant = flag.kill
        reach = describe_rules(rules, flag.default) if rules else f"everybody gets {variant!r}"
        return {
            "key": flag.key,
            "app": flag.app,
            "state": "configured" if override is None else override.action,
            "reach": reach,
            "variants": ", ".join(flag.variants),
            "default": flag.default,
            "kill": flag.kill,
            "changed_at": state.changed_at if state is not None else None,
            "changed_by": state.changed_by if state is not None else None,
            "reason": override.reason if override is not None else "",
            "source": "leadline.toml" if any(one.key == flag.key for one in self._flags) else "command",
            "description": flag.description,
        }


def _other_variant(flag: Flag) -> str:
    """The only variant that is neither default nor kill, used for `--share` without a variant."""
    others = [name for name in flag.variants if name not in (flag.default, flag.kill)]
    if len(others) == 1:
        return others[0]
    raise ConfigurationError(f"say which variant of {flag.key!r}", hint=f"one of {', '.join(flag.variants)}")


def _check(name: str, known: list[str], *, noun: str, of: str) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(map(repr, known)) or 'none'}"
        raise ConfigurationError(f"{of} has no {noun} named {name!r}", hint=hint)
