"""Which targets hear of an incident. Pure; refuses to leave an incident without a target while there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadline.model import Incident, Severity

__all__ = ["RouteRule", "choose_targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """One `[[route]]`: what is None matches anything; `journey` and `check` match that kind of monitor by name."""

    targets: tuple[str, ...]
    app: str | None = None
    severity: Severity | None = None
    journey: str | None = None
    check: str | None = None

    def matches(self, incident: Incident) -> bool:
        """Whether every condition that is given holds."""
        return (
            self.app in (None, incident.app)
            and self.severity in (None, incident.severity)
            and (self.journey is None or (incident.monitor == "journey" and incident.name == self.journey))
            and (self.check is None or (incident.monitor == "check" and incident.name == self.check))
        )


def choose_targets(
    incident: Incident, routes: Sequence[RouteRule], all_targets: Sequence[str], *, fallback: str | None = None
) -> tuple[str, ...]:
    """The targets of every route that matches, each once, in the order of the file.

    Without routes every target. Where no route matches, the fallback, and without one every target: an incident that
    nobody hears of is worse than one page too many.
    """
    chosen = [target for route in routes if route.matches(incident) for target in route.targets]
    if not chosen and routes and fallback is not None:
        return (fallback,)
    return tuple(dict.fromkeys(chosen or all_targets))
