"""The file as `web` last accepted it, for commands that ask what runs while a broken save stands in leadline.toml.

At night an incident must be acknowledged whatever somebody is editing, and a service that dies just then must come
back. Nothing is started from it for the first time: a start wants a file that is right.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from leadline.errors import ConfigurationError
from leadline.settings.schema import Settings
from leadline.settings.services import HomeSettings
from leadline.settings.toml_file import read_source

# `[home] path`, read from a file that no TOML parser may take: all of its lines up to the next table.
_HOME_PATH = re.compile(r"""^\[home\][^\n]*\n(?:(?!\[)[^\n]*\n)*?\s*path\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)


def keep_accepted(settings: Settings) -> None:
    """Writes what is in force to the home, for its owner's eyes. Raises OSError where the disk does not let it."""
    file = settings.paths.run / "accepted.toml"
    fresh = file.with_suffix(".fresh")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(settings.places.source)
    fresh.replace(file)


def load_accepted(file: Path) -> Settings | None:
    """The settings in force while `file` is broken, with its places; None where nothing was ever accepted there."""
    try:
        broken = file.read_text(encoding="utf-8-sig", errors="replace")
        named = _HOME_PATH.search(broken + "\n")
        home = Path(named[1]) if named else HomeSettings().path
        kept = file.resolve().parent / home.expanduser() / "run" / "accepted.toml"
        return read_source(file, kept.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return None  # the broken file's own problems are what the caller tells
