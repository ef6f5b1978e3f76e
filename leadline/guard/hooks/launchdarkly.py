"""LaunchDarkly: a semantic patch `turnFlagOff` (API docs, Feature flags, Update). Tested with a fake of that API.

An environment that requires approvals answers 405: then only a person can switch it off, and the receipt says so.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from leadline.guard.hooks.http_request import ask
from leadline.guard.hooks.seam import Act, Preflight, Taken, cut
from leadline.model.hooks import HookSpec

__all__ = ["LaunchDarklyHook"]

API = "https://app.launchdarkly.com"
SEMANTIC_PATCH = "application/json; domain-model=launchdarkly.semanticpatch"


class LaunchDarklyHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec
        base = (spec.url or API).rstrip("/")
        self._url = f"{base}/api/v2/flags/{quote(spec.project or '', safe='')}/{quote(spec.flag or '', safe='')}"
        self._headers = {"Authorization": spec.token or "", "LD-API-Version": "20240415"}

    def describe(self) -> str:
        return f"turns {self.spec.flag} off in LaunchDarkly's {self.spec.environment}"

    async def preflight(self) -> Preflight:
        is_on, said = await self._read()
        return Preflight(is_ready=is_on is not None, detail=said)

    async def execute(self, act: Act) -> Taken:
        """Turning it off twice changes nothing."""
        patch = {
            "environmentKey": self.spec.environment,
            "comment": f"Leadline {act.idempotency_key}: {act.reason}"[:500],
            "instructions": [{"kind": "turnFlagOff"}],
        }
        answered = await ask(
            "PATCH",
            self._url,
            headers={**self._headers, "Content-Type": SEMANTIC_PATCH},
            content=json.dumps(patch).encode(),
            timeout_s=self.spec.timeout_s,
        )
        hint = " (the environment may ask for approvals)" if answered.status_code in (403, 405, 409) else ""
        return Taken(
            is_taken=answered.is_ok,
            detail=cut(answered.said + hint) if not answered.is_ok else "turned off",
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
        """Reads the flag with the same token: turning the flag off and on again would affect users."""
        is_on, said = await self._read()
        return Taken(is_taken=is_on is not None, detail=said, is_final=is_on is None)

    async def _read(self) -> tuple[bool | None, str]:
        url = f"{self._url}?env={quote(self.spec.environment or '', safe='')}"
        answered = await ask("GET", url, headers=self._headers, timeout_s=self.spec.timeout_s)
        if not answered.is_ok:
            return None, cut(answered.said)
        try:
            is_on = bool(json.loads(answered.body)["environments"][self.spec.environment]["on"])
        except (ValueError, KeyError, TypeError):
            return None, f"no environment {self.spec.environment!r} in the answer"
        return is_on, f"{self.spec.flag} is {'on' if is_on else 'off'} in {self.spec.environment}"
