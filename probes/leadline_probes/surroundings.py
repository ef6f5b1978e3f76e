"""What the nearest leadline.toml says of a journey file: its app, where that runs, and the folder to import from.

Read leniently, unlike leadline.settings: a pipeline that runs one journey has none of the secrets that the file names.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.errors import ConfigurationError
from leadline.textfile import read_text_file

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    import_folder: Path
    app: str | None = None
    base_url: str | None = None
    masked: tuple[str, ...] = ()


def find_surroundings(file: Path, *, fallback: Path) -> Surroundings:
    """From the nearest leadline.toml upwards; without one, imports are from `fallback`."""
    for folder in file.resolve().parents:
        toml = folder / "leadline.toml"
        if toml.is_file():
            return _read(toml, file.resolve())
    return Surroundings(fallback)


def _read(toml: Path, file: Path) -> Surroundings:
    try:
        source = read_text_file(toml)
        written = tomllib.loads(source)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{toml} can't be read: {error}") from error
    masked = tuple(dict.fromkeys(os.environ[name] for name in _REFERENCE.findall(source) if name in os.environ))
    apps = {app.get("name"): app for app in _tables(written, "app")}
    for journeys in _tables(written, "journeys"):
        path = (toml.parent / str(journeys.get("path", ""))).resolve()
        if path == file or path in file.parents:
            app = apps.get(journeys.get("app"), {})
            base_url = _address_in(journeys, toml.parent) or _address_in(app, toml.parent)
            return Surroundings(toml.parent, app.get("name"), base_url, masked)
    only = next(iter(apps.values())) if len(apps) == 1 else {}
    return Surroundings(toml.parent, only.get("name"), _address_in(only, toml.parent), masked)


def _address_in(table: Mapping[str, Any], folder: Path) -> str | None:
    """`base_url`, or what the file that `base_url_file` names holds."""
    if (named := table.get("base_url_file")) is None:
        return _expand(table.get("base_url"))
    try:
        return read_text_file(folder / str(named)).strip()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder / str(named)} can't be read: {error}") from error


def _tables(written: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = written.get(name, [])
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []


def _expand(text: str | None) -> str | None:
    return text and _REFERENCE.sub(lambda match: os.environ.get(match[1], match[0]), text)
