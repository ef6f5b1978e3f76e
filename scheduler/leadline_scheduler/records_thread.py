"""The records' one writer thread, seen from the event loop.

Every call goes through one thread, so the loop never waits for a disk and SQLite never sees two writers of ours. What
the records refuse for the moment is tried again for a stated while; refuses to decide what to do after that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# A result in hand is worth waiting for a full disk or a locked file; a minute is one ordinary interval, and the
# heartbeat stops meanwhile.
PATIENCE_S = 60.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 2.0


class RecordsThread:
    """Runs actions on the records one after the other, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self.refusals = 0
        self.refused_since_s: float | None = None  # since when nothing that had to be written could be
        self.last_refusal = ""
        self._said = ""

    async def do(self, action: Callable[[], Answer], *, patience_s: float = 0.0) -> Answer:
        """What `action` returns. StorageUnavailable is tried again for `patience_s`, then passes through.

        A cancelled caller does not undo the action: what was handed over is done.
        """
        loop = asyncio.get_running_loop()
        give_up_at = monotonic_s() + patience_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                answer = await loop.run_in_executor(self._thread, action)
            except StorageUnavailable as error:
                self._note_refusal(error, is_needed=patience_s > 0)
                if monotonic_s() + pause_s > give_up_at:
                    raise
                if error.message != self._said:
                    log.warning("%s; trying again", error.message)
                    self._said = error.message
            else:
                if patience_s > 0:
                    self.refused_since_s, self._said = None, ""
                return answer
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LAST_PAUSE_S)

    def _note_refusal(self, error: StorageUnavailable, *, is_needed: bool) -> None:
        self.refusals += 1
        if is_needed:
            self.last_refusal = error.message
            if self.refused_since_s is None:
                self.refused_since_s = monotonic_s()

    def close(self) -> None:
        """Waits for what was handed over, then ends the thread."""
        self._thread.shutdown(wait=True)
