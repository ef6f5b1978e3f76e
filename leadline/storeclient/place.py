"""Where the store service of a home listens: `run/store.sock`, or where that is too long, what store.json says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

SOCKET_NAME = "store.sock"
ANNOUNCEMENT_NAME = "store.json"
# sun_path of <sys/un.h> with its final zero: 108 bytes on Linux, 104 on macOS.
LONGEST_PATH_BYTES = 107 if sys.platform == "linux" else 103


class Announcement(Struct, frozen=True, kw_only=True):
    """What a running service writes to `run/store.json`."""

    pid: int
    socket: str


def fits_in_address(path: Path) -> bool:
    """Whether a Unix socket can be bound at `path`."""
    return len(os.fsencode(path)) <= LONGEST_PATH_BYTES


def announced_socket(run: Path) -> Path:
    """The socket to ask. That a service listens there is not promised."""
    usual = run / SOCKET_NAME
    if fits_in_address(usual):
        return usual
    said = read_announcement(run)
    return Path(said.socket) if said is not None else usual


def read_announcement(run: Path) -> Announcement | None:
    """What the service, or one that was killed, wrote last; None where there is nothing to read."""
    try:
        return msgspec.json.decode((run / ANNOUNCEMENT_NAME).read_bytes(), type=Announcement)
    except (OSError, msgspec.MsgspecError):
        return None
