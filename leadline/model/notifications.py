"""A notification: one per incident, transition and target, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leadline.model.incidents import TransitionKind


class NotificationState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    FAILING = "failing"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A named Apprise URL. The URL is a secret: it is never logged, shown or stored in the records."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A row of the delivery ledger. `idempotency_key` is the same for every attempt."""

    notification_id: str
    incident_id: str
    transition: TransitionKind
    target: str
    state: NotificationState
    attempts: int
    created_at: datetime
    first_attempt_at: datetime | None = None
    accepted_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_error: str | None = None
    is_maybe_duplicate: bool = False
    combined_into: str | None = None  # an `open` that was told together with its `resolve`: that notification's id

    @property
    def idempotency_key(self) -> str:
        return f"{self.incident_id}/{self.transition}/{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one attempt at one target came to. `reason` is for people; secrets are masked in it."""

    is_accepted: bool
    duration_ms: float
    reason: str = ""
    retry_after_s: float | None = None
    may_have_arrived: bool = False  # cut off after it was sent: a repeat may be the second that somebody reads
