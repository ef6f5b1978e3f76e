"""When a release began and which stage it was in since when, read off the history of the flag that exposes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadline.flags.changes import describe_set
from leadline.guard.stages import Stage, reaches_of
from leadline.model import FlagChange
from leadline.model.gates import StageSpan

__all__ = ["Release", "find_release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """`stages` in their order; the last one is in force."""

    started_at: datetime
    stages: tuple[StageSpan, ...]

    @property
    def moved_at(self) -> datetime:
        """When its last stage began."""
        return datetime.fromtimestamp(self.stages[-1].start * 60, UTC)


def find_release(
    changes: Sequence[FlagChange], stages: Sequence[Stage], *, default: str, is_by_cohort: bool
) -> Release | None:
    """The release that the newest changes are of; None where the flag is not set. `changes`: the newest first.

    A killed flag is still that release, with a last stage `killed`. The sessions' share is declared only where the arms
    are cohorts (versions need not follow the flag) and where no ring gets the canary besides (nobody knows how many
    they are).
    """
    found: list[FlagChange] = []
    for change in changes:
        if change.action in ("restored", "removed"):
            break
        if change.action in ("set", "killed"):
            found.append(change)
    found.reverse()
    while found and found[0].action == "killed":
        found.pop(0)
    if not found:
        return None
    spans = tuple(_span(change, stages, default, is_by_cohort) for change in found)
    return Release(started_at=found[0].changed_at, stages=spans)


def _span(change: FlagChange, stages: Sequence[Stage], default: str, is_by_cohort: bool) -> StageSpan:
    """In force from the next minute on: in the minute of the change some users have the one, some the other."""
    start = int(change.changed_at.timestamp()) // 60 + 1
    if change.action == "killed":
        return StageSpan(name="killed", share=None, start=start)
    for number, stage in enumerate(stages):
        for reach in reaches_of(stages, number):
            if describe_set(change.variant, default, share=reach.share, rings=reach.rings) == change.reach:
                share = reach.share if is_by_cohort and not reach.rings else None
                return StageSpan(name=stage.name, share=share, start=start)
    return StageSpan(name=change.reach, share=None, start=start)
