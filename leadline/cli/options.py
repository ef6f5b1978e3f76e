"""The options that many commands share, and how `-c FILE` becomes settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from leadline.settings import Settings

ConfigFile = Annotated[
    Path | None,
    typer.Option("-c", "--config", metavar="FILE", help="The leadline.toml; default: the nearest one upwards."),
]
ListFormat = Literal["table", "json", "csv"]
Format = Annotated[ListFormat, typer.Option("--format", help="json is an array of flat objects; csv has a header.")]


def find_file(config: Path | None) -> Path:
    """The file that -c names (a folder means the leadline.toml in it), else the nearest one upwards."""
    from leadline.settings import find_settings_file

    if config is None:
        return find_settings_file(Path.cwd())
    return config / "leadline.toml" if config.is_dir() else config


def read_settings(config: Path | None) -> Settings:
    """Raises ConfigurationError with everything that is wrong."""
    from leadline.settings import load_settings

    return load_settings(find_file(config))
