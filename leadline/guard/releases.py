"""When a release began and which stage it was in since when: read off the history of the flag that exposes it, or off
the stages that a hook or a person was asked for. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Protocol

from leadline.flags import Flag
from leadline.flags.changes import describe_set
from leadline.guard.stages import Stage, reaches_of
from leadline.model import FlagChange, Move
from leadline.model.gates import StageSpan

__all__ = ["Release", "find_moved_release", "find_release", "release_of"]

_MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """`stages` in their order; the last one is in force. `canary` and `baseline` where the release names them."""

    started_at: datetime
    stages: tuple[StageSpan, ...]
    canary: str | None = None
    baseline: str | None = None

    @property
    def moved_at(self) -> datetime:
        """When its last stage began."""
        return datetime.fromtimestamp(self.stages[-1].start * 60, UTC) if self.stages else self.started_at


class _Gate(Protocol):
    @property
    def app(self) -> str: ...
    @property
    def stages(self) -> Sequence[Stage]: ...
    @property
    def is_by_cohort(self) -> bool: ...


class _Records(Protocol):
    def flag_changes(self, *, flag: str | None = None, limit: int = 100) -> list[FlagChange]: ...
    def moves(self, *, app: str | None = None, limit: int = 100) -> list[Move]: ...


def release_of(records: _Records, gate: _Gate, flag: Flag | None) -> Release | None:
    """The release of the gate's app. `flag`: what exposes it; None where a hook or a person does."""
    if flag is None:
        return find_moved_release(records.moves(app=gate.app, limit=_MOST_CHANGES), is_by_cohort=gate.is_by_cohort)
    changes = records.flag_changes(flag=flag.key, limit=_MOST_CHANGES)
    return find_release(changes, gate.stages, default=flag.default, is_by_cohort=gate.is_by_cohort)


def find_moved_release(moves: Sequence[Move], *, is_by_cohort: bool) -> Release | None:
    """The newest release of `moves`, the newest first; None where there was none. A stage is in force from the minute
    after its share was seen, and the first one begins the sample: until then the release is judged from its start on.
    """
    if not moves:
        return None
    newest = moves[0]
    own = list(takewhile(lambda move: move.release_id == newest.release_id, moves))
    own.reverse()
    seen = [(move.seen_at, move) for move in own if move.seen_at is not None]
    spans = [
        StageSpan(name=move.stage, share=move.share if is_by_cohort else None, start=int(seen_at.timestamp()) // 60 + 1)
        for seen_at, move in seen
    ]
    is_over = newest.ended_at is not None
    if newest.ended_at is not None:
        spans.append(StageSpan(name="killed", share=None, start=int(newest.ended_at.timestamp()) // 60 + 1))
    return Release(
        started_at=seen[0][0] if seen else own[0].asked_at,
        stages=tuple(spans),
        canary=None if is_over else newest.canary,
        baseline=None if is_over else newest.baseline,
    )


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
