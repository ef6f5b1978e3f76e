"""An action: a hook that changed production, or would have. Its id is that of its outbox row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["Action", "ActionCause", "ActionState"]

# would_have: not armed, nothing was done. executing: queued, or in progress. executed: the target accepted it, users
# are checked. verified: users get the old version, or the off variant. failed: it was not accepted, or not verified in
# time.
ActionState = Literal["would_have", "executing", "executed", "verified", "failed"]
# verdict: a rollback. fallback: the previous hook failed. hand: a person. drill: a rehearsal that changes nothing.
ActionCause = Literal["verdict", "fallback", "hand", "drill", "release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`detail` is the target's answer, `evidence` what users got according to the check, `error` why it failed.

    `canary` is the version that it is about; `instead_of` the failed action that it replaces. `recovered_at`:
    when the figures that the verdict found worse were back at the baseline's level; `recovery` names the figures, or
    why it can't be known.
    """

    action_id: str
    hook: str
    kind: str
    state: ActionState
    cause: ActionCause
    requested_at: datetime
    requested_by: str
    idempotency_key: str
    app: str | None = None
    environment: str | None = None
    canary: str | None = None
    baseline: str | None = None
    incident_id: str | None = None
    verdict_id: str | None = None
    instead_of: str | None = None
    attempts: int = 0
    executed_at: datetime | None = None
    verified_at: datetime | None = None
    verify_until: datetime | None = None
    finished_at: datetime | None = None
    detail: str = ""
    evidence: str = ""
    error: str = ""
    reason: str = ""
    recovered_at: datetime | None = None
    recovery: str = ""
