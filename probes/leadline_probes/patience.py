"""When a run is asked to stop before its deadline, and what it was waiting for."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import Any

# Trace, screenshot, closing and cleanups happen in the last part of the deadline: a fifth of it, at most 6 s
# (two pieces of evidence of at most 3 s each).
_MARGIN_SHARE = 0.2
_MOST_MARGIN_S = 6.0


def soft_deadline_s(deadline_s: float) -> float:
    """When the journey is asked to stop, in seconds from its start."""
    return deadline_s - min(_MARGIN_SHARE * deadline_s, _MOST_MARGIN_S)


def interrupted_after_s(deadline_s: float) -> float:
    """When a journey that could not be told, because it blocks, is interrupted: a quarter of what is left, or 1 s."""
    soft_s = soft_deadline_s(deadline_s)
    return soft_s + min((deadline_s - soft_s) / 4, 1.0)


def is_waiting_for_browser(task: asyncio.Task[Any]) -> bool:
    """Whether what the task awaits goes through Playwright: then it is the page that does not come."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame: FrameType | None = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None and ".playwright" in f".{frame.f_globals.get('__name__', '')}":
            return True
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return False
