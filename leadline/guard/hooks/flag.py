"""A Leadline flag: killed in the records and published for the collector; works when everything else is dead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from leadline.errors import LeadlineError
from leadline.guard.hooks.seam import Act, Preflight, Taken
from leadline.model.hooks import HookSpec

__all__ = ["FlagDoor", "FlagHook"]


class FlagDoor:
    """The part of the flags used by the hook. Each method raises LeadlineError if it fails."""

    def __init__(
        self,
        *,
        kill: Callable[[str, str, str], Awaitable[str]],
        rehearse: Callable[[str], Awaitable[str]],
        describe: Callable[[str], Awaitable[str]],
    ) -> None:
        self.kill = kill
        self.rehearse = rehearse
        self.describe = describe


class FlagHook:
    def __init__(self, spec: HookSpec, door: FlagDoor) -> None:
        self.spec = spec
        self._door = door

    @property
    def key(self) -> str:
        return self.spec.flag or ""

    def describe(self) -> str:
        return f"kills the flag {self.key}"

    async def preflight(self) -> Preflight:
        try:
            return Preflight(is_ready=True, detail=await self._door.describe(self.key))
        except LeadlineError as error:
            return Preflight(is_ready=False, detail=error.message)

    async def execute(self, act: Act) -> Taken:
        """Killing a killed flag changes nothing: any number of attempts is one kill."""
        try:
            return Taken(is_taken=True, detail=await self._door.kill(self.key, f"hook {self.spec.name}", act.reason))
        except LeadlineError as error:
            return Taken(is_taken=False, detail=error.message, is_final=not error.retryable)

    async def status(self) -> str:
        return await self._door.describe(self.key)

    async def drill(self, act: Act) -> Taken:
        """Commits nothing and publishes the current state again: all steps of a kill except the change."""
        try:
            return Taken(is_taken=True, detail=await self._door.rehearse(self.key))
        except LeadlineError as error:
            return Taken(is_taken=False, detail=error.message, is_final=True)
