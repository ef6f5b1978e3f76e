"""The stages of a release, read off the flag that exposes it: nothing else has to remember where it stands.

Stage n gives the canary to the rings and to the widest share of the first n stages, so that nobody who was in falls
out. Pure decisions; whoever calls sets the flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from leadline.flags import Override
from leadline.model import Verdict

__all__ = ["Reach", "find_stage", "is_first_share", "reach_of", "reaches_of", "why_not_advance"]


class Stage(Protocol):
    """One of a gate's `stages`."""

    @property
    def ring(self) -> str | None: ...
    @property
    def share(self) -> float | None: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Who gets the canary in a stage."""

    rings: tuple[str, ...]
    share: float | None


def reach_of(stages: Sequence[Stage], number: int) -> Reach:
    """Of stage `number`, from 0 on."""
    upto = stages[: number + 1]
    shares = [stage.share for stage in upto if stage.share is not None]
    return Reach(tuple(stage.ring for stage in upto if stage.ring is not None), max(shares, default=None))


def is_first_share(stages: Sequence[Stage], number: int) -> bool:
    """Whether stage `number` is the first that gives it to a share of users: the one that a low budget halves."""
    return stages[number].share is not None and all(stage.share is None for stage in stages[:number])


def reaches_of(stages: Sequence[Stage], number: int) -> tuple[Reach, ...]:
    """All that stage `number` may look like: as configured, and halved where it is the first share."""
    whole = reach_of(stages, number)
    if whole.share is None or not is_first_share(stages, number):
        return (whole,)
    return whole, Reach(whole.rings, whole.share / 2)


def find_stage(override: Override | None, stages: Sequence[Stage]) -> int | None:
    """The stage that the flag stands at; None where it is not set, was killed, or was set to something else."""
    if override is None or override.action == "killed":
        return None
    rings = tuple(rule.ring for rule in override.rules if rule.ring is not None)
    share = next((rule.share for rule in override.rules if rule.share is not None), None)
    found = Reach(rings, share)
    return next((number for number in range(len(stages)) if found in reaches_of(stages, number)), None)


def why_not_advance(
    number: int, stages: Sequence[Stage], *, began_at: datetime, bake: timedelta, verdict: Verdict | None, now: datetime
) -> str | None:
    """The reason to stay at stage `number`; None where the next one may begin."""
    if number + 1 >= len(stages):
        return f"{stages[number].name} is the last stage"
    if (baked := now - began_at) < bake:
        minutes = (baked.total_seconds() / 60, bake.total_seconds() / 60)
        return f"{stages[number].name} has baked for {minutes[0]:.0f} of {minutes[1]:.0f} minutes"
    if verdict is None:
        return "there is no verdict yet"
    if verdict.verdict != "promote":
        return f"the verdict is {verdict.verdict}: {verdict.sentence}"
    return next((reason.text for reason in verdict.reasons if reason.code == "budget_frozen"), None)
