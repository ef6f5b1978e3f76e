"""A snapshot of the journeys' code as accepted, so that a broken or half-finished save does not affect a run.

A snapshot is one file of sources by path; modules keep their real `__file__`, so files next to them are
read from the disk as usual. Modules that are not in the snapshot are imported from the disk.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

# Journeys and their page objects are some hundred kB; a folder with more holds other things as well.
MOST_BYTES = 32 * 1024 * 1024


def write_snapshot(sources: Iterable[Path], file: Path) -> None:
    """Keeps the sources in `file`, the first MOST_BYTES of them. Raises OSError if it can't be written."""
    kept: dict[str, bytes] = {}
    left = MOST_BYTES
    for path in sources:
        try:
            text = path.read_bytes()
        except OSError:
            continue  # removed since it was listed
        left -= len(text)
        if left < 0:
            break
        kept[str(path)] = text
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.msgpack.encode(kept))
    fresh.replace(file)


class KeptCode(MetaPathFinder):
    """Finds modules in the snapshot that was read last, at the places where Python would look for them."""

    def __init__(self) -> None:
        self._sources: dict[str, bytes] = {}

    def install(self) -> None:
        """Before the finder that looks on the disk; what is built into Python goes first."""
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
        sys.meta_path.insert(place, self)

    def read(self, file: Path) -> None:
        """Takes another snapshot; an unreadable one is an empty one."""
        try:
            self._sources = msgspec.msgpack.decode(file.read_bytes(), type=dict[str, bytes])
        except (OSError, msgspec.MsgspecError):
            self._sources = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        tail = fullname.rpartition(".")[2]
        for entry in path if path is not None else sys.path:
            for source in (f"{entry}/{tail}/__init__.py", f"{entry}/{tail}.py"):
                if source in self._sources:
                    return self.spec_of(fullname, source)
        return None

    def spec_of(self, name: str, source: str) -> ModuleSpec | None:
        """The module of a source in the snapshot, or None."""
        if source not in self._sources:
            return None
        loader = _KeptLoader(name, source, self._sources[source])
        is_package = Path(source).name == "__init__.py"
        folders = [str(Path(source).parent)] if is_package else None
        return importlib.util.spec_from_file_location(name, source, loader=loader, submodule_search_locations=folders)


class _KeptLoader(SourceFileLoader):
    """Compiles the snapshot's source; bytecode on the disk belongs to the file on the disk."""

    def __init__(self, name: str, source: str, text: bytes) -> None:
        super().__init__(name, source)
        self._text = text

    def get_data(self, path: str) -> bytes:
        return self._text if path == self.path else super().get_data(path)

    def path_stats(self, path: Any) -> Any:
        raise OSError(f"{path} has no bytecode")


KEPT = KeptCode()
