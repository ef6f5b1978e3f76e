"""A program of your own: argv, no shell. LEADLINE_IDEMPOTENCY_KEY is the same in every attempt of one action."""

from __future__ import annotations

import shutil
from pathlib import Path

from leadline.guard.hooks.processes import run_program
from leadline.guard.hooks.seam import Act, Preflight, Taken, cut_to_end
from leadline.model.hooks import HookSpec

__all__ = ["CommandHook"]


class CommandHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec

    def describe(self) -> str:
        return f"runs {' '.join(self.spec.command)}"

    async def preflight(self) -> Preflight:
        program = self.spec.command[0]
        path = str(Path(self.spec.folder) / program) if "/" in program else program
        if shutil.which(path) is None:
            return Preflight(is_ready=False, detail=f"{program} is not a program that can be run here")
        return Preflight(is_ready=True, detail=f"{program} can be run; it was not")

    async def execute(self, act: Act) -> Taken:
        return await self._run(self.spec.command, act)

    async def expose(self, act: Act) -> Taken:
        """The same program: LEADLINE_STAGE and LEADLINE_SHARE say what to open."""
        return await self._run(self.spec.command, act)

    async def status(self) -> str:
        return "a command tells nothing of its target"

    async def drill(self, act: Act) -> Taken:
        """`drill_command`, else the command itself with LEADLINE_DRILL=1, which must then change nothing."""
        return await self._run(self.spec.drill_command or self.spec.command, act)

    async def _run(self, command: tuple[str, ...], act: Act) -> Taken:
        said = {
            "LEADLINE_IDEMPOTENCY_KEY": act.idempotency_key,
            "LEADLINE_HOOK": self.spec.name,
            "LEADLINE_ACTION_ID": act.action_id,
            "LEADLINE_APP": act.app or "",
            "LEADLINE_CANARY": act.canary or "",
            "LEADLINE_BASELINE": act.baseline or "",
            "LEADLINE_INCIDENT_ID": act.incident_id or "",
            "LEADLINE_REASON": act.reason,
            "LEADLINE_DRILL": "1" if act.is_drill else "0",
            "LEADLINE_STAGE": act.stage or "",
            "LEADLINE_SHARE": "" if act.share is None else f"{act.share:g}",
        }
        ended = await run_program(command, folder=self.spec.folder, timeout_s=self.spec.timeout_s, environ=said)
        if ended.code is None:
            return Taken(is_taken=False, detail=ended.output)
        return Taken(is_taken=ended.code == 0, detail=f"exit {ended.code}: {cut_to_end(ended.output)}")
