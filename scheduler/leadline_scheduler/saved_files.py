"""The state of the journeys' code, by times and sizes, never by content; and a copy of it for the workers.

Polled, because a poll works on every file system (a bind mount, a network share, a Kubernetes ConfigMap) and costs
0.7 ms of CPU for a hundred files. It does not follow links to folders, and skips folders with code of others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from leadline.journeys.kept_code import write_snapshot
from leadline.settings import Settings

log = logging.getLogger(__name__)

_MOST_KEPT = 2
_IGNORED_FOLDERS = {"__pycache__", "node_modules", "site-packages", "dist-packages"}


def read_code_state(settings: Settings) -> str:
    """A name for the state of every Python file that a journey of these settings may import; the same in any
    process.
    """
    digest = sha256()
    for path, state in sorted(_python_files(settings)):
        digest.update(f"{path}\0{state}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def keep_code(settings: Settings, code: str, *, run_folder: Path) -> str:
    """Keeps a copy of the Python files under the name of their state; returns its path for the workers.

    The previous copy stays too, for runs in progress. If it can't be written, "": the files themselves are then run as
    they are.
    """
    folder = run_folder / "code"
    file = folder / f"{code}.msgpack"
    try:
        if file.exists():
            file.touch()  # an earlier state has come back: it is the newest again
        else:
            write_snapshot((Path(path) for path, _ in sorted(_python_files(settings))), file)
        kept = sorted(folder.glob("*.msgpack"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[:-_MOST_KEPT]:
            if old != file:
                old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the journeys' code can't be copied to %s, and runs directly from the disk: %s", folder, error)
        return ""
    return str(file)


def _python_files(settings: Settings) -> Iterator[tuple[str, tuple[int, int]]]:
    folder = settings.folder
    places = [folder]
    for table in settings.journeys:
        path = (folder / table.path.expanduser()).resolve()
        if folder not in path.parents and path != folder:
            places.append(path if path.is_dir() else path.parent)
    for place in places if settings.journeys else ():
        yield from _walk(str(place), leave_out=str(settings.paths.home))


def _walk(folder: str, *, leave_out: str) -> Iterator[tuple[str, tuple[int, int]]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _IGNORED_FOLDERS or entry.path == leave_out:
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, leave_out=leave_out)
            elif entry.name.endswith(".py"):
                said = entry.stat()
                yield entry.path, (said.st_mtime_ns, said.st_size)
        except OSError:
            continue  # removed between the listing and the look
