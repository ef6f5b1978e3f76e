"""What leadline.toml says of an app's readiness: flags, stages, hooks, and whether its gate is armed. Pure."""

from __future__ import annotations

from typing import Any

from leadline.settings.schema import Settings

__all__ = ["configured_readiness"]


def configured_readiness(settings: Settings, app: str) -> dict[str, Any]:
    """The fields of leadline.model.readiness.AppEvidence that the configuration knows."""
    gates = [gate for gate in settings.gates if gate.app == app]
    return {
        "flags": sum(flag.app == app for flag in settings.flags),
        "stages": max((len(gate.stages) for gate in gates), default=0),
        "gates": len(gates),
        "hooks": len({name for gate in gates for name in gate.on_rollback}),
        "is_armed": any(gate.armed for gate in gates),
    }
