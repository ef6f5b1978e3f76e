"""The interface of every kind of hook: its methods, their inputs and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leadline.model.hooks import HookSpec

__all__ = ["Act", "Exposer", "Hook", "Preflight", "Taken", "cut", "cut_to_end"]

LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """The request to a hook. Every attempt of one action has the same `idempotency_key`.

    `stage` where it is to open a stage of a release, `share` where that is a share of users; without, it takes a canary
    back.
    """

    action_id: str
    idempotency_key: str
    requested_at: datetime
    requested_by: str
    reason: str = ""
    app: str | None = None
    canary: str | None = None
    baseline: str | None = None
    incident_id: str | None = None
    is_drill: bool = False
    stage: str | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Whether the target accepted it. `is_final`: another attempt would fail in the same way."""

    is_taken: bool
    detail: str
    is_final: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Whether the hook could act now, found without acting."""

    is_ready: bool
    detail: str


class Hook(Protocol):
    """One target. Methods never raise because of the target; the caller enforces timeouts."""

    @property
    def spec(self) -> HookSpec: ...
    def describe(self) -> str: ...
    async def preflight(self) -> Preflight: ...
    async def execute(self, act: Act) -> Taken: ...
    async def status(self) -> str: ...
    async def drill(self, act: Act) -> Taken: ...


class Exposer(Protocol):
    """A hook that can give the canary to the users of a stage, as well as take it back."""

    @property
    def spec(self) -> HookSpec: ...
    async def expose(self, act: Act) -> Taken: ...


def cut(text: str) -> str:
    """A target's answer, short enough for a page."""
    return text.strip()[:LONGEST_DETAIL]


def cut_to_end(text: str) -> str:
    """A program's output, short enough for a page: what it says last is why it failed."""
    said = text.strip()
    return said if len(said) <= LONGEST_DETAIL else f"…{said[-LONGEST_DETAIL:]}"
