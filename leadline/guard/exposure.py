"""Stages that no flag of ours exposes: what a hook or a person is asked for, and whether new sessions show it. Pure.

A stage begins when its share is seen, not when it is asked for: an exit code or a person's word exposes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal, Protocol

from leadline.guard.shares import FEWEST_SESSIONS, Share
from leadline.model import Action, Move, MoveWay
from leadline.model.hooks import HookSpec

__all__ = [
    "EXPOSING_KINDS",
    "Ask",
    "Look",
    "awaited",
    "begin_stage",
    "exposing_way",
    "fallen_back_at",
    "look_at_share",
    "look_whether_it_stays",
    "to_do",
    "windows",
    "windows_since",
]

# Kinds of hook that can give the canary to a share of users. With any other, a person sets it.
EXPOSING_KINDS = ("argo", "command", "webhook")
# Of the stage's share: less than this seen of it is still on its way. Between two stages of a gate lies more.
LEAST_OF_SHARE = 0.8
MOST_OF_SHARE = 1.25
# So many sessions must be expected on the canary: with 20, a release at half of the stage's share passes for it in one
# look of twenty (Poisson, mean 10: P(16 or more) = 5 %), at none of it never.
FEWEST_EXPECTED = FEWEST_SESSIONS
# A stage that was seen has fallen back if less than this of its share is left and chance is not why: 5 standard errors
# below it have a probability of 3e-7 (normal), and a day has 1,440 looks.
LEAST_KEPT = 0.6
FAR_BELOW = 5.0
# Whoever asks by a window sees a share that was set late; longer windows are for little traffic.
WINDOWS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


class _Gate(Protocol):
    @property
    def exposure(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A stage that is to begin: who gets `canary`, and by whom it was asked for."""

    app: str
    environment: str
    stage: str
    share: float | None
    canary: str | None
    baseline: str | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Whether the share of the stage was reached, and what was seen, in words."""

    is_reached: bool
    said: str


def exposing_way(gate: _Gate, *, flags: Collection[str], hooks: Mapping[str, HookSpec]) -> Literal["flag"] | MoveWay:
    """What gives users the canary of this gate."""
    if gate.exposure in flags:
        return "flag"
    spec = hooks.get(gate.exposure or "")
    return "hook" if spec is not None and spec.kind in EXPOSING_KINDS else "hand"


def begin_stage(
    ask: Ask, spec: HookSpec | None, *, move_id: str, release_id: str | None, now: datetime
) -> tuple[Move, Action]:
    """The stage, and the action that is asked for: of the hook, or of a person where `spec` is None."""
    move = Move(
        move_id=move_id,
        release_id=release_id or move_id,
        app=ask.app,
        environment=ask.environment,
        stage=ask.stage,
        share=ask.share,
        way="hand" if spec is None else "hook",
        asked_at=now,
        asked_by=ask.by,
        canary=ask.canary,
        baseline=ask.baseline,
        reason=ask.reason,
    )
    action = Action(
        action_id=move_id,
        hook=f"stage {ask.stage}" if spec is None else spec.name,
        kind="stage" if spec is None else spec.kind,
        state="executed" if spec is None else "executing",
        cause="release",
        requested_at=now,
        requested_by=ask.by,
        idempotency_key="" if spec is None else f"stage/{move_id}",
        app=ask.app,
        environment=ask.environment,
        canary=ask.canary,
        baseline=ask.baseline,
        executed_at=now if spec is None else None,
        reason=ask.reason,
        detail=f"a person was asked: {to_do(move)}" if spec is None else "",
    )
    return move, action


def to_do(move: Move) -> str:
    """What has to be set for this stage: `set 1.5.0 to 10 % now`."""
    version = move.canary or "the new version"
    if move.share is None:
        return f"give {version} to {move.stage.replace(':', ' ', 1)} now"
    return f"set {version} to {move.share * 100:g} % now"


def awaited(move: Move) -> str:
    """When the stage begins, in words."""
    version = move.canary or "the new version"
    if move.share is None:
        return f"one session on {version}"
    return f"{move.share * 100:g} % of new sessions on {version}"


def windows(move: Move, *, now: datetime) -> list[datetime]:
    """Since when sessions are counted, the shortest span first: each since the stage was asked for at the earliest."""
    return windows_since(move.asked_at, now=now)


def windows_since(earliest: datetime, *, now: datetime) -> list[datetime]:
    """As `windows`, from `earliest` on."""
    return list(dict.fromkeys(max(earliest, now - span) for span in (*WINDOWS, timedelta(days=1))))


def fallen_back_at(move: Move) -> datetime | None:
    """Since when a stage that was seen is not seen any more."""
    is_fallen = move.seen_at is not None and move.missed_at is not None and move.missed_at > move.seen_at
    return move.missed_at if is_fallen else None


def look_whether_it_stays(move: Move, shares: Sequence[Share]) -> Look:
    """`shares`: of new sessions since it was seen, the shortest span first. It stays unless one span speaks against it.
    A ring always stays: nobody knows how often its people come.
    """
    share, version = move.share, move.canary or "the new version"
    if share is None:
        return Look(is_reached=True, said=move.seen)
    for seen in shares:
        if seen.sessions < FEWEST_SESSIONS:
            continue
        expected = seen.sessions * share
        is_far = expected - seen.bad > FAR_BELOW * sqrt(expected * (1 - share))
        if seen.bad < LEAST_KEPT * expected and is_far:
            return Look(is_reached=False, said=_look(share, seen, version).said)
    return Look(is_reached=True, said=move.seen)


def look_at_share(move: Move, shares: Sequence[Share]) -> Look:
    """`shares`: of new sessions in each window, as `windows` lists them. Reached in one of them is reached."""
    version = move.canary or "the new version"
    looks = [_look(move.share, one, version) for one in shares]
    reached = next((look for look in looks if look.is_reached), None)
    return reached or (looks[-1] if looks else Look(is_reached=False, said="new sessions can't be counted now"))


def _look(share: float | None, seen: Share, version: str) -> Look:
    ratio = seen.bad / seen.sessions if seen.sessions else 0.0
    said = f"{seen.bad:,} of {seen.sessions:,} new sessions on {version}"
    if seen.sessions:
        said = f"{said} ({ratio * 100:.2g} %)" if ratio < 1 else f"{said} (all)"
    if share is None:
        return Look(is_reached=seen.bad > 0, said=said)
    needed = round(FEWEST_EXPECTED / share)
    if seen.sessions < needed:
        return Look(is_reached=False, said=f"{said}; {needed:,} sessions are needed to tell")
    if ratio > share * MOST_OF_SHARE and share < 1:
        said = f"{said}, more than the {share * 100:g} % of the stage"
    return Look(is_reached=seen.bad >= round(seen.sessions * share * LEAST_OF_SHARE, 6), said=said)
