"""Unleash: switches the feature's environment off through the admin API. Tested with a fake of that API."""

from __future__ import annotations

import json
from urllib.parse import quote

from leadline.guard.hooks.http_request import ask
from leadline.guard.hooks.seam import Act, Preflight, Taken, cut
from leadline.model.hooks import HookSpec

__all__ = ["UnleashHook"]


class UnleashHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        project, flag, environment = (quote(one or "", safe="") for one in (spec.project, spec.flag, spec.environment))
        base = (spec.url or "").rstrip("/")
        self._url = f"{base}/api/admin/projects/{project}/features/{flag}/environments/{environment}"
        self._headers = {"Authorization": spec.token or ""}

    def describe(self) -> str:
        return f"switches {self.spec.flag} off in Unleash's {self.spec.environment}"

    async def preflight(self) -> Preflight:
        is_on, said = await self._read()
        return Preflight(is_ready=is_on is not None, detail=said)

    async def execute(self, act: Act) -> Taken:
        """Switching it off twice changes nothing."""
        answered = await ask("POST", f"{self._url}/off", headers=self._headers, timeout_s=self.spec.timeout_s)
        return Taken(
            is_taken=answered.is_ok,
            detail="switched off" if answered.is_ok else cut(answered.said),
            is_final=answered.is_final,
            retry_after_s=answered.retry_after_s,
        )

    async def status(self) -> str:
        return (await self._read())[1]

    async def is_off(self) -> bool | None:
        """The state from the API; None if unknown."""
        is_on, _ = await self._read()
        return None if is_on is None else not is_on

    async def drill(self, act: Act) -> Taken:
        """Reads the environment with the same token."""
        is_on, said = await self._read()
        return Taken(is_taken=is_on is not None, detail=said, is_final=is_on is None)

    async def _read(self) -> tuple[bool | None, str]:
        answered = await ask("GET", self._url, headers=self._headers, timeout_s=self.spec.timeout_s)
        if not answered.is_ok:
            return None, cut(answered.said)
        try:
            is_on = bool(json.loads(answered.body)["enabled"])
        except (ValueError, KeyError, TypeError):
            return None, "the answer does not say whether it is enabled"
        return is_on, f"{self.spec.flag} is {'on' if is_on else 'off'} in {self.spec.environment}"
