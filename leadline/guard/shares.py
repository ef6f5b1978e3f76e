"""How many of the new sessions are on a version or variant, and how many sessions say anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FEWEST_SESSIONS", "Share", "cohort_of"]

# Below so many sessions a share says nothing.
FEWEST_SESSIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """New sessions since then: how many, and how many of them on the version or variant that was asked about."""

    sessions: int
    bad: int


def cohort_of(arm: str | None) -> str | None:
    """The name in `cohort:NAME`; None for a version."""
    return arm.removeprefix("cohort:") if arm is not None and arm.startswith("cohort:") else None
