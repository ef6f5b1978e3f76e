"""The hook of each kind."""

from __future__ import annotations

from typing import assert_never

from leadline.guard.hooks.command import CommandHook
from leadline.guard.hooks.flag import FlagDoor, FlagHook
from leadline.guard.hooks.flagd import FlagdHook
from leadline.guard.hooks.kubernetes import ArgoHook, DeploymentHook, FlaggerHook
from leadline.guard.hooks.launchdarkly import LaunchDarklyHook
from leadline.guard.hooks.seam import Exposer, Hook
from leadline.guard.hooks.unleash import UnleashHook
from leadline.guard.hooks.webhook import WebhookHook
from leadline.model.hooks import HookSpec

__all__ = ["make_exposer", "make_hook"]


def make_hook(spec: HookSpec, *, flags: FlagDoor) -> Hook:
    match spec.kind:
        case "command":
            return CommandHook(spec)
        case "webhook":
            return WebhookHook(spec)
        case "flag":
            return FlagHook(spec, flags)
        case "flagd":
            return FlagdHook(spec)
        case "argo":
            return ArgoHook(spec)
        case "deployment":
            return DeploymentHook(spec)
        case "flagger":
            return FlaggerHook(spec)
        case "launchdarkly":
            return LaunchDarklyHook(spec)
        case "unleash":
            return UnleashHook(spec)
        case other:
            assert_never(other)


def make_exposer(spec: HookSpec) -> Exposer | None:
    """None where the kind can't give the canary to a share of users (exposure.EXPOSING_KINDS)."""
    match spec.kind:
        case "argo":
            return ArgoHook(spec)
        case "command":
            return CommandHook(spec)
        case "webhook":
            return WebhookHook(spec)
        case _:
            return None
