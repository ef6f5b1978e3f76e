"""Asks the collector on this machine what has arrived. If it does not answer, the result is None."""

from __future__ import annotations

from typing import Any

import httpx

from leadline.settings import Settings, base_url

# The collector answers from memory; a page waits for this answer and asks again every second.
ANSWER_S = 1.0


class CollectorDoor:
    """One client, kept open: the dashboard asks once a second while *Listening* is open."""

    def __init__(self, settings: Settings) -> None:
        # Two services on one machine must not use a proxy from the environment.
        self._client = httpx.AsyncClient(
            base_url=base_url(settings.collector.listen), timeout=ANSWER_S, trust_env=False
        )

    async def arrivals(self, app: str) -> dict[str, Any] | None:
        """The app's counts since the collector's start; None while it does not answer. `stray` has counts without a
        known app.
        """
        try:
            answer = await self._client.get("/v1/arrivals", params={"app": app})
            rows = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None
        if not rows:
            return None
        stray = next((row for row in rows if row["app"] == ""), None)
        mine: dict[str, Any] = next(row for row in rows if row["app"] == app)
        return mine | {"stray": stray}

    async def close(self) -> None:
        await self._client.aclose()
