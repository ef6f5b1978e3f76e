"""A signed POST: `Idempotency-Key`, and `X-Leadline-Signature: sha256=` with the HMAC of the body under the secret.

The body is the same in every attempt. The answer is no proof: a 2xx only means that the request was accepted.
"""

from __future__ import annotations

import hmac
import json

from leadline.guard.hooks.http_request import ask
from leadline.guard.hooks.seam import Act, Preflight, Taken, cut
from leadline.model.hooks import HookSpec

__all__ = ["WebhookHook", "sign"]


def sign(secret: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256 in hex (RFC 2104)."""
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


class WebhookHook:
    def __init__(self, spec: HookSpec) -> None:
        self.spec = spec

    def describe(self) -> str:
        return f"posts to {self.spec.url}"

    async def preflight(self) -> Preflight:
        """Whether something answers there, by a HEAD request."""
        answered = await ask("HEAD", self.spec.url or "", headers={}, timeout_s=self.spec.timeout_s)
        is_there = answered.status_code > 0 and answered.status_code < 500
        return Preflight(is_ready=is_there, detail=answered.said if not is_there else "the address answers")

    async def execute(self, act: Act) -> Taken:
        said: dict[str, object] = {
            "hook": self.spec.name,
            "action_id": act.action_id,
            "idempotency_key": act.idempotency_key,
            "app": act.app,
            "canary": act.canary,
            "baseline": act.baseline,
            "incident_id": act.incident_id,
            "reason": act.reason,
            "requested_by": act.requested_by,
            "requested_at": act.requested_at.isoformat(),
            "is_drill": act.is_drill,
        }
        if act.stage is not None:
            said |= {"stage": act.stage, "share": act.share}
        body = json.dumps(said, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "leadline",
            "Idempotency-Key": act.idempotency_key,
            "X-Leadline-Signature": sign(self.spec.secret or "", body),
        }
        if act.is_drill:
            headers["X-Leadline-Drill"] = "1"
        answered = await ask("POST", self.spec.url or "", headers=headers, content=body, timeout_s=self.spec.timeout_s)
        return Taken(
            is_taken=answered.is_ok,
            detail=cut(answered.said),
            is_final=answered.is_final,
            retry_after_s=answered.retry_after_s,
        )

    async def expose(self, act: Act) -> Taken:
        """The same request with `stage` and `share`, which a rollback does not have."""
        return await self.execute(act)

    async def status(self) -> str:
        return "a webhook tells nothing of its target"

    async def drill(self, act: Act) -> Taken:
        """The same request with `"is_drill": true` and `X-Leadline-Drill: 1`; the receiver must then change nothing."""
        return await self.execute(act)
