"""Starts Playwright's driver with our tap on its pipe to Chromium (driver_tap.cjs), which lets held requests go on, and
with fewer writes (driver_writes.cjs).

Marking holds each request with an effect, and each answer that may name a version. From Python, letting one go takes
two ways through the driver, in which the page waits; from within the driver it takes none. Without the tap (a driver
that others started) everything is held until Python answers: slower, and the same marks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

# In this order: the tap writes through what gathers writes.
_FILES = tuple(Path(__file__).with_name(name) for name in ("driver_writes.cjs", "driver_tap.cjs"))
# https://nodejs.org/api/cli.html#node_optionsoptions: options are separated by spaces, and may stand in double quotes
# in which a backslash escapes.
_OPTIONS = "NODE_OPTIONS"


@contextlib.contextmanager
def tapped_driver() -> Iterator[None]:
    """A driver that is started meanwhile has both. What a journey starts later has its own options only."""
    own = os.environ.get(_OPTIONS)
    required = (f'--require "{_escape(str(file))}"' for file in _FILES)
    os.environ[_OPTIONS] = " ".join((own or "", *required)).strip()
    try:
        yield
    finally:
        if own is None:
            del os.environ[_OPTIONS]
        else:
            os.environ[_OPTIONS] = own


def _escape(path: str) -> str:
    return path.replace("\\", "\\\\").replace('"', '\\"')
