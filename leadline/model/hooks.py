"""A configured hook: what may change production, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["HOOK_KINDS", "HookKind", "HookSpec"]

HookKind = Literal["argo", "flagger", "deployment", "launchdarkly", "unleash", "flagd", "flag", "command", "webhook"]
HOOK_KINDS: tuple[HookKind, ...] = (
    "argo",
    "flagger",
    "deployment",
    "launchdarkly",
    "unleash",
    "flagd",
    "flag",
    "command",
    "webhook",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSpec:
    """One `[[hook]]`. `folder` is where commands run and files are; the other fields are docs/hooks.md's keys."""

    name: str
    kind: HookKind
    app: str | None = None
    timeout_s: float = 30.0
    retries: int = 3
    verify_within_s: float = 300.0
    verify_url: str | None = None
    drill_every_s: float | None = None
    flag: str | None = None
    command: tuple[str, ...] = ()
    drill_command: tuple[str, ...] = ()
    url: str | None = None
    secret: str | None = None
    token: str | None = None
    project: str | None = None
    environment: str | None = None
    rollout: str | None = None
    canary: str | None = None
    deployment: str | None = None
    to_revision: int | None = None
    kubectl: str = "kubectl"
    file: str | None = None
    ofrep_url: str | None = None
    folder: str = "."
