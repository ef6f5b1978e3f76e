"""Keeps each build's long-lived scripts in the home, so that a page can keep using the script in its tag.

A tag with a checksum accepts only that script. Without this, an upgrade of Leadline would silence every page until
somebody had changed its tag.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from leadline_collector.scripts.builds import BuiltFile, Script

# As it was built and as it is sent.
FORMS = ("", ".gz", ".br")
_log = logging.getLogger("leadline.collector")


class KeptScripts:
    """This build's scripts, and the long-lived ones of earlier builds that ran on this home."""

    def __init__(self, built: Script, folder: Path) -> None:
        self._built = built
        self._kept = Script(folder)

    def find(self, name: str) -> BuiltFile | None:
        """The script of that name, of this build or of an earlier one."""
        return self._built.find(name) or self._kept.find(name)

    def keep(self) -> None:
        """Copies this build's long-lived scripts, some 60 kB, where they are not kept yet."""
        try:
            self._kept.folder.mkdir(parents=True, exist_ok=True)
            for name in self._built.hashed_names():
                for form in FORMS:
                    _copy(self._built.folder / f"{name}{form}", self._kept.folder / f"{name}{form}")
        except OSError as error:  # beacons are accepted anyway
            _log.warning("this build's scripts could not be kept for later: %s", error)


def _copy(file: Path, to: Path) -> None:
    if to.exists() or not file.is_file():
        return
    beside = to.with_name(f"{to.name}.{os.getpid()}.new")
    beside.write_bytes(file.read_bytes())
    beside.replace(to)
