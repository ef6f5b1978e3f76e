"""`validate --send`: one real page to each target, and each answer."""

from __future__ import annotations

import asyncio
from typing import Any

from leadline.clock import new_id
from leadline.incidents import PageText
from leadline.model import Target
from leadline.notify import send_page
from leadline.settings import Settings

COLUMNS = ("target", "accepted", "duration_ms", "reason")
TRIAL = PageText(
    title="Leadline: a test page, nothing is broken",
    body="Somebody ran `leadline validate --send`.\nThis target works. Pages about what is broken will come here.",
)


async def send_trial_pages(settings: Settings) -> list[dict[str, Any]]:
    """One row per target, in the order of the file. Each page is sent once, never repeated."""
    return list(await asyncio.gather(*(_send(settings, name, url) for name, url in settings.notify.targets.items())))


async def _send(settings: Settings, name: str, url: str) -> dict[str, Any]:
    trial_id = new_id()
    receipt = await send_page(
        Target(name=name, url=url),
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
