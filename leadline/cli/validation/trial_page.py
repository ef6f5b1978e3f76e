"""`validate --send`: one real page to each target, or to each of its recipients, and how each responded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from leadline.clock import new_id
from leadline.incidents import PageText
from leadline.model import Target
from leadline.notify import list_recipients, send_page
from leadline.settings import Settings

COLUMNS = ("target", "accepted", "duration_ms", "reason")
TRIAL = PageText(
    title="Leadline: a test page, nothing is broken",
    body="Somebody ran `leadline validate --send`.\nThis target works. Pages about what is broken will come here.",
)


async def send_trial_pages(settings: Settings) -> list[dict[str, Any]]:
    """One row per target and recipient, as in the ledger, in the order of the file. Sent once each, never repeated."""
    targets = [Target(name=name, url=url) for name, url in settings.notify.targets.items()]
    told = [replace(one, recipient=recipient) for one in targets for recipient in list_recipients(one.url) or ("",)]
    return list(await asyncio.gather(*(_send(settings, one) for one in told)))


async def _send(settings: Settings, target: Target) -> dict[str, Any]:
    trial_id = new_id()
    name = f"{target.name}/{target.recipient}" if target.recipient else target.name
    receipt = await send_page(
        target,
        TRIAL,
        attachments=[],
        idempotency_key=f"{trial_id}/test/{name}",
        incident_id=trial_id,
        transition="test",
        timeout_s=settings.notify.timeout,
    )
    return {
        "target": name,
        "accepted": receipt.is_accepted,
        "duration_ms": round(receipt.duration_ms),
        "reason": receipt.reason or None,
    }
