"""Where the demo stands: four ports in a row, a folder of its own, and the configuration written into it.

A fresh home for each walk, because its figures are told as this walk's; the last three are kept to look back at.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from leadline.errors import ConfigurationError

DEMO = Path(__file__).parent.parent
DEFAULT_PORT = 8080
NAMES = ("web", "collector", "shop", "receiver")
KEPT_WALKS = 3
PREFIX = "walk-"


@dataclass(frozen=True, slots=True)
class Places:
    """`folder` holds leadline.toml, the logs of the walk, and `home`."""

    port: int
    folder: Path
    home: Path

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def collector_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def shop_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def receiver_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    @property
    def settings_file(self) -> Path:
        return self.folder / "leadline.toml"


def choose_places(environment: dict[str, str], *, now: datetime) -> Places:
    """From LEADLINE_PORT and LEADLINE_HOME. ConfigurationError for an invalid port. Creates nothing yet."""
    text = environment.get("LEADLINE_PORT") or str(DEFAULT_PORT)
    highest = 65535 - len(NAMES) + 1
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        raise ConfigurationError(
            f"LEADLINE_PORT={text!r} is not a valid port",
            hint=f"a number from 1 to {highest}: the demo takes it and the next three",
        )
    folder = Path(environment.get("LEADLINE_HOME") or "./.leadline").expanduser().resolve() / "demo"
    return Places(port=int(text), folder=folder, home=folder / f"{PREFIX}{now:%Y%m%d-%H%M%S}")


def check_ports(places: Places) -> None:
    """ConfigurationError that names every port in use, and a free one to use instead."""
    taken = [f"{places.port + index} ({name})" for index, name in enumerate(NAMES) if not _is_free(places.port + index)]
    if taken:
        free = next((port for port in range(places.port + 10, 65500, 10) if _are_free(port)), None)
        hint = f"LEADLINE_PORT={free} make demo" if free else "stop the programs that use them"
        raise ConfigurationError(f"already in use: port {', '.join(taken)}", hint=hint)


def prepare_folder(places: Places) -> IO[str]:
    """Makes the folder, writes the configuration, removes old walks. The lock lasts until the file is closed."""
    try:
        places.home.mkdir(parents=True, exist_ok=True)
        lock = (places.folder / "lock").open("a")
    except OSError as error:
        raise ConfigurationError(
            f"the folder {places.folder} can't be written: {error.strerror}",
            hint="LEADLINE_HOME=/tmp/leadline make demo",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise ConfigurationError(
            f"another demo runs in {places.folder}", hint="stop it, or set LEADLINE_HOME and LEADLINE_PORT for this one"
        ) from error
    _remove_old_walks(places)
    places.settings_file.write_text(write_settings(places), encoding="utf-8")
    return lock


def write_settings(places: Places) -> str:
    """The template beside this package, with this walk's ports and folders."""
    text = (DEMO / "leadline.toml").read_text(encoding="utf-8")
    settled = text[text.index("[home]") :]
    for index in range(len(NAMES)):
        settled = settled.replace(f":{DEFAULT_PORT + index}", f":<{index}>")
    for index in range(len(NAMES)):
        settled = settled.replace(f":<{index}>", f":{places.port + index}")
    settled = settled.replace('"./.leadline"', _quote(f"./{places.home.name}"))
    settled = settled.replace('"./journeys"', _quote(str(DEMO / "journeys")))
    return f"# Written by `make demo` from deploy/demo/leadline.toml; the next walk writes it anew.\n\n{settled}"


def _remove_old_walks(places: Places) -> None:
    walks = sorted(folder for folder in places.folder.glob(f"{PREFIX}*") if folder.is_dir())
    for old in walks[:-KEPT_WALKS]:
        shutil.rmtree(old, ignore_errors=True)


def _are_free(port: int) -> bool:
    return all(_is_free(port + index) for index in range(len(NAMES)))


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
