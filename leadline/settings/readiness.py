"""What leadline.toml contributes to an app's readiness: flags, stages, hooks, and whether its gate is armed. Pure."""

from __future__ import annotations

from typing import Any

from leadline.settings.schema import Settings

__all__ = ["configured_readiness", "rollback_hooks"]


def rollback_hooks(settings: Settings, app: str) -> list[str]:
    """The hooks that a rollback of the app would run, each once."""
    return list(dict.fromkeys(name for gate in settings.gates if gate.app == app for name in gate.on_rollback))


def configured_readiness(settings: Settings, app: str) -> dict[str, Any]:
    """The fields of leadline.model.readiness.AppEvidence that come from the configuration."""
    gates = [gate for gate in settings.gates if gate.app == app]
    return {
        "flags": sum(flag.app == app for flag in settings.flags),
        "stages": max((len(gate.stages) for gate in gates), default=0),
        "gates": len(gates),
        "hooks": len(rollback_hooks(settings, app)),
        "is_armed": any(gate.armed for gate in gates),
    }
