"""The address of a home's store service: `run/store.sock`, or, if that is too long, the one in store.json."""

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
    """The socket to use. A service may not be listening there."""
    usual = run / SOCKET_NAME
    if fits_in_address(usual):
        return usual
    said = read_announcement(run)
    return Path(said.socket) if said is not None else usual


def read_announcement(run: Path) -> Announcement | None:
    """The last announcement of a service, maybe a killed one; None if there is none."""
    try:
        return msgspec.json.decode((run / ANNOUNCEMENT_NAME).read_bytes(), type=Announcement)
    except (OSError, msgspec.MsgspecError):
        return None
