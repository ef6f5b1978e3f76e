"""Where in the author's own files something happened: `journeys/checkout.py:12`."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

_FOREIGN = ("/site-packages/", "/.venv/", "/node_modules/")


def place_of_error(error: BaseException, folder: Path) -> str | None:
    """The innermost line of the author's code that `error` passed through."""
    places = [_place(frame.filename, frame.lineno, folder) for frame in traceback.extract_tb(error.__traceback__)]
    return next((place for place in reversed(places) if place is not None), None)


def place_of_task(task: asyncio.Task[Any], folder: Path) -> str | None:
    """The innermost line of the author's code in which `task` waits."""
    found: str | None = None
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame: FrameType | None = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None:
            found = _place(frame.f_code.co_filename, frame.f_lineno, folder) or found
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return found


def place_of_frame(frame: FrameType | None, folder: Path) -> str | None:
    """The innermost line of the author's code on a running stack."""
    while frame is not None:
        if (place := _place(frame.f_code.co_filename, frame.f_lineno, folder)) is not None:
            return place
        frame = frame.f_back
    return None


def _place(filename: str, line: int | None, folder: Path) -> str | None:
    root = f"{folder.resolve()}/"
    if not filename.startswith(root) or any(part in filename for part in _FOREIGN):
        return None
    return f"{filename.removeprefix(root)}:{line or 1}"
