"""flagd: `state: DISABLED` in the JSON file that it watches (flagd.dev, flag definitions). Replaced whole."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from leadline.guard.hooks.seam import Act, Preflight, Taken
from leadline.model.hooks import HookSpec

__all__ = ["FlagdHook"]


class FlagdHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        self._file = Path(spec.folder) / (spec.file or "")

    def describe(self) -> str:
        return f"disables {self.spec.flag} in {self.spec.file}"

    async def preflight(self) -> Preflight:
        try:
            state = await asyncio.to_thread(self._read_state)
        except (OSError, ValueError) as error:
            return Preflight(is_ready=False, detail=str(error))
        if not os.access(self._file, os.W_OK) or not os.access(self._file.parent, os.W_OK):
            return Preflight(is_ready=False, detail=f"{self._file} can't be written")
        return Preflight(is_ready=True, detail=f"{self.spec.flag} is {state} in {self._file}")

    async def execute(self, act: Act) -> Taken:
        return await asyncio.to_thread(self._write, disable=True)

    async def status(self) -> str:
        try:
            return f"{self.spec.flag} is {await asyncio.to_thread(self._read_state)}"
        except (OSError, ValueError) as error:
            return str(error)

    async def drill(self, act: Act) -> Taken:
        """Replaces the file by the same text: flagd reads it again, and nothing changes."""
        return await asyncio.to_thread(self._write, disable=False)

    def _read_state(self) -> str:
        return str(self._flag_in(self._load()).get("state", "ENABLED"))

    def _load(self) -> dict[str, Any]:
        if self._file.suffix not in {".json", ".flagd"}:
            raise ValueError(f"{self._file}: only JSON can be changed; YAML would lose its comments")
        loaded = json.loads(self._file.read_text(encoding="utf-8"))
        if not isinstance(loaded, dict) or not isinstance(loaded.get("flags"), dict):
            raise ValueError(f"{self._file} has no `flags`")
        return loaded

    def _flag_in(self, loaded: dict[str, Any]) -> dict[str, Any]:
        flag = loaded["flags"].get(self.spec.flag)
        if not isinstance(flag, dict):
            there = ", ".join(loaded["flags"]) or "none"
            raise ValueError(f"{self._file} has no flag {self.spec.flag!r}; known: {there}")
        return flag

    def _write(self, *, disable: bool) -> Taken:
        try:
            loaded = self._load()
            flag = self._flag_in(loaded)
            if disable:
                flag["state"] = "DISABLED"
            fresh = self._file.with_name(f"{self._file.name}.leadline")
            fresh.write_text(json.dumps(loaded, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            os.chmod(fresh, self._file.stat().st_mode & 0o777)
            fresh.replace(self._file)
        except (OSError, ValueError) as error:
            return Taken(is_taken=False, detail=str(error), is_final=isinstance(error, ValueError))
        return Taken(is_taken=True, detail=f"{self.spec.flag} is {flag.get('state', 'ENABLED')} in {self._file}")
