"""Where a release stands: read off the flag that exposes it, or off the stages that a hook or a person was asked for.

Nothing else has to remember it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadline.flags import Override
from leadline.guard.exposure import awaited, fallen_back_at, to_do
from leadline.guard.stages import Stage, find_stage
from leadline.model import Action, Move

__all__ = ["NO_RELEASE", "Standing", "StandingState", "standing_of_flag", "standing_of_moves"]

# waiting: the stage's share is not seen yet. not_seen: nor was it in time. fallen_back: it was seen, and is not any
# more. failed: the hook did not take it.
StandingState = Literal["none", "under_way", "waiting", "not_seen", "fallen_back", "failed", "aborted", "no_stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`number`: of the stage, from 0 on. `since`: when it was set or asked for. `began_at`: from when on it bakes, None
    while its share is not seen. `said`: why it does not go on, where no verdict is the reason. `to_do`: what a person
    has to set."""

    state: StandingState
    number: int | None = None
    since: datetime | None = None
    began_at: datetime | None = None
    said: str = ""
    to_do: str | None = None


NO_RELEASE = Standing(state="none", said="no release is under way")


def standing_of_flag(flag: str, override: Override | None, stages: Sequence[Stage]) -> Standing:
    if override is None:
        return NO_RELEASE
    if override.action == "killed":
        return Standing(state="aborted", since=override.at, said=f"{flag} is killed by {override.by}")
    number = find_stage(override, stages)
    if number is None:
        said = f"{flag} was set to something that is not a stage"
        return Standing(state="no_stage", since=override.at, said=said)
    return Standing(state="under_way", number=number, since=override.at, began_at=override.at)


def standing_of_moves(moves: Sequence[Move], action: Action | None, stages: Sequence[Stage]) -> Standing:
    """`moves`: the newest first. `action`: of the newest."""
    if not moves:
        return NO_RELEASE
    move = moves[0]
    if move.ended_at is not None:
        said = f"the release was taken back by {move.ended_by}"
        return Standing(state="aborted", since=move.ended_at, said=said)
    number = next((place for place, stage in enumerate(stages) if stage.name == move.stage), None)
    if number is None:
        return Standing(state="no_stage", since=move.asked_at, said=f"{move.stage} is not a stage of the gate")
    if (fallen_at := fallen_back_at(move)) is not None:
        said = f"{move.stage} was seen, but the share fell back ({fallen_at:%H:%M} UTC): {move.seen}"
        return Standing(state="fallen_back", number=number, since=move.asked_at, said=said, to_do=_to_do(move))
    if move.seen_at is not None:
        return Standing(state="under_way", number=number, since=move.asked_at, began_at=move.seen_at)
    seen = f"; seen so far: {move.seen}" if move.seen else ""
    asked = _to_do(move)
    if action is not None and action.state == "failed" and action.executed_at is None:
        said = f"hook {action.hook} failed: {action.error}; leadline release advance asks it again"
        return Standing(state="failed", number=number, since=move.asked_at, said=said)
    said = f"{move.stage} waits for {awaited(move)}{seen}"
    if move.missed_at is not None:
        said = f"{move.stage} was not seen in time: it waits for {awaited(move)}{seen}"
    state: StandingState = "waiting" if move.missed_at is None else "not_seen"
    return Standing(state=state, number=number, since=move.asked_at, said=said, to_do=asked)


def _to_do(move: Move) -> str | None:
    return to_do(move) if move.way == "hand" else None
