"""Builds from the configuration where to verify users, and how a verdict may act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from leadline.guard.verification import Look, UsersSide
from leadline.incidents.acts import ActRules
from leadline.model.hooks import HookSpec

__all__ = ["rules_of", "users_side"]


class _Place(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...


class _Plan(Protocol):
    @property
    def looks(self) -> Sequence[_Place]: ...
    @property
    def ofrep_url(self) -> str | None: ...
    @property
    def ofrep_key(self) -> str: ...
    @property
    def off_variant(self) -> str | None: ...


def users_side(plan: _Plan, spec: HookSpec) -> UsersSide:
    looks = [Look(label=one.label, url=one.url, headers=one.headers) for one in plan.looks]
    return UsersSide(
        looks=looks,
        ofrep_url=plan.ofrep_url,
        ofrep_key=plan.ofrep_key,
        flag=spec.flag,
        off_variant=plan.off_variant,
    )


def rules_of(hooks: Sequence[HookSpec], *, is_armed: bool) -> ActRules:
    """Pages wait only for the first hook: if it fails, they are sent at once and say so."""
    if not hooks:
        return ActRules(is_armed=is_armed)
    first = hooks[0]
    hold_s = (first.timeout_s + 2) * (first.retries + 1) + first.verify_within_s
    return ActRules(
        hooks=tuple((hook.name, hook.kind) for hook in hooks), is_armed=is_armed, hold=timedelta(seconds=hold_s)
    )
