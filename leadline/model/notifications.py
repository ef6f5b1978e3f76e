"""Notifications: one per incident, transition, target (or hook), recipient and level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from leadline.model.incidents import TransitionKind

# A `target` is paged; a `hook` changes production (leadline/guard).
OwedKind = Literal["target", "hook"]
# `first`: by the routes. `escalation`: nobody acknowledged in time. `fallback`: in place of a dead target.
# `repeat`: nobody has acknowledged yet.
Level = Literal["first", "escalation", "fallback", "repeat"]


class NotificationState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    FAILING = "failing"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A named Apprise URL. The URL is a secret: it is never logged, shown or stored in the records.

    `recipients` are its recipients, if each can be sent to separately; `recipient` the one that a page is for, ''
    for all. `keeps_alerts`: its messages open alerts, each closed only by its own end."""

    name: str
    url: str
    recipients: tuple[str, ...] = ()
    recipient: str = ""
    keeps_alerts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A row of the outbox, which is the delivery ledger too. `due_at` is when it is due; `target` names the target or
    the hook, `recipient` one of its recipients ('' if it is sent as a whole). `idempotency_key` is the same for every
    attempt. `instead_of` names the target that this one replaces (level `fallback`), `because` says why."""

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
    combined_into: str | None = None  # the notification whose message included this one
    kind: OwedKind = "target"
    recipient: str = ""
    level: Level = "first"
    transition_id: str | None = None
    due_at: datetime | None = None
    instead_of: str | None = None
    because: str | None = None
    turn: int = 0  # how often the incident had ended and come back when this was queued

    @property
    def name(self) -> str:
        """The target as the ledger shows it: `NAME`, or `NAME/recipient` if each recipient has its own row."""
        return f"{self.target}/{self.recipient}" if self.recipient else self.target

    @property
    def idempotency_key(self) -> str:
        key = f"{self.incident_id}/{self.transition}/{self.name}"
        if self.transition in (TransitionKind.CHANGE, TransitionKind.SILENCE):  # of these there may be several
            key += f"/{self.transition_id}"
        if self.turn:
            key += f"/{self.turn}"
        if self.level == "repeat":  # of these there may be several
            return f"{key}/repeat/{self.notification_id}"
        return key if self.level == "first" else f"{key}/{self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The result of one attempt at one target. `reason` is for people; secrets are masked in it."""

    is_accepted: bool
    duration_ms: float
    reason: str = ""
    retry_after_s: float | None = None
    may_have_arrived: bool = False  # cut off after it was sent: somebody may read a repeat as a second page
