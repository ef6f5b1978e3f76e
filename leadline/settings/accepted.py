"""The last accepted leadline.toml, for commands that talk to running services while the saved file is broken.

An incident must be acknowledged even while somebody edits the file, and a service that dies meanwhile must come
back. It is never used for a first start: that needs a file without errors.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from leadline.errors import ConfigurationError
from leadline.settings.schema import Settings
from leadline.settings.services import HomeSettings
from leadline.settings.toml_file import read_source

# `[home] path`, read from a file that may not be valid TOML: all of its lines up to the next table.
_HOME_PATH = re.compile(r"""^\[home\][^\n]*\n(?:(?!\[)[^\n]*\n)*?\s*path\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)


def keep_accepted(settings: Settings) -> None:
    """Writes the settings in force to the home, readable only for its owner. Raises OSError if they can't be
    written.
    """
    file = settings.paths.run / "accepted.toml"
    fresh = file.with_suffix(".fresh")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(settings.places.source)
    fresh.replace(file)


def load_accepted(file: Path, *, needs_secrets: bool = True) -> Settings | None:
    """The settings in force while `file` is broken, with its places; None if no settings were ever accepted there."""
    try:
        broken = file.read_text(encoding="utf-8-sig", errors="replace")
        named = _HOME_PATH.search(broken + "\n")
        home = Path(named[1]) if named else HomeSettings().path
        kept = file.resolve().parent / home.expanduser() / "run" / "accepted.toml"
        return read_source(file, kept.read_text(encoding="utf-8"), needs_secrets=needs_secrets)
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return None  # the caller reports the broken file's own problems
