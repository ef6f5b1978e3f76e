"""The Unix socket of the service, which this module binds with mode 0600 before anybody can connect.

uvicorn's own `uds` makes the socket 0666 and replaces one that is in use. Call this under the home's lock.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from leadline.storeclient.place import (
    ANNOUNCEMENT_NAME,
    SOCKET_NAME,
    Announcement,
    fits_in_address,
    read_announcement,
)

# The private folder for homes whose path is too long for a socket's address.
FOLDER_PREFIX = "leadline-store-"


@contextmanager
def listening_socket(run: Path) -> Iterator[socket.socket]:
    """A bound socket that does not listen yet, named in `run/store.json`; both are removed at the end."""
    _remove_left_folder(run)
    path = run / SOCKET_NAME
    folder: Path | None = None
    if not fits_in_address(path):
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))  # 0700
        path = folder / SOCKET_NAME
    try:
        path.unlink(missing_ok=True)  # left by a killed service: the lock shows that none runs
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(path))
            os.chmod(path, 0o600)  # nobody can connect before `listen`
            _announce(run, path)
            yield listening
    finally:
        path.unlink(missing_ok=True)
        (run / ANNOUNCEMENT_NAME).unlink(missing_ok=True)
        if folder is not None:
            folder.rmdir()


def _announce(run: Path, path: Path) -> None:
    """Written atomically: a reader sees the old or the new file."""
    file = run / ANNOUNCEMENT_NAME
    fresh = file.with_suffix(".fresh")
    fresh.write_bytes(msgspec.json.encode(Announcement(pid=os.getpid(), socket=str(path))))
    fresh.replace(file)


def _remove_left_folder(run: Path) -> None:
    """Removes the folder of a killed service; only if its name, place and owner are ours."""
    said = read_announcement(run)
    if said is None:
        return
    folder = Path(said.socket).parent
    is_ours = folder.name.startswith(FOLDER_PREFIX) and folder.parent == Path(tempfile.gettempdir())
    if is_ours and folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
        shutil.rmtree(folder)
