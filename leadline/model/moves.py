"""A move: one stage of a release that no flag of ours exposes. Its id is that of the action that was asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["Move", "MoveWay"]

# hook: a hook gives the canary to the users of the stage. hand: a person does.
MoveWay = Literal["hook", "hand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`share` is what must be seen of new sessions; None for a ring, of which one session is enough.

    `seen_at`: when that share was seen; the stage's bake time begins there. `seen`: what the last look saw.
    `missed_at`: when the time for it was over; a later look may still see it. `ended_at`: the release was taken back.
    """

    move_id: str
    release_id: str
    app: str
    environment: str
    stage: str
    share: float | None
    way: MoveWay
    asked_at: datetime
    asked_by: str
    canary: str | None = None
    baseline: str | None = None
    reason: str = ""
    seen_at: datetime | None = None
    seen: str = ""
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason: str | None = None
