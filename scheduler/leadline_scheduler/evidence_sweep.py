"""Removes evidence that is too old or too large, once an hour. If the disk fails, logs it and tries again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from leadline.settings import Settings
from leadline.workers import sweep_evidence

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 3600.0


async def sweep_hourly(folder: Path, settings: Callable[[], Settings], *, wall: Callable[[], datetime]) -> None:
    """Runs until it is cancelled, by the limits that `settings` has at each sweep."""
    while True:
        limits = settings()
        try:
            freed_bytes = await asyncio.to_thread(
                sweep_evidence, folder, limits.home.evidence_max_bytes, limits.evidence_max_age_s, wall()
            )
            log.info("evidence swept: %d bytes freed", freed_bytes)
        except OSError as error:
            log.warning("the evidence could not be swept: %s", error)
        await asyncio.sleep(SWEEP_EVERY_S)
