"""The options that many commands share, and how `-c FILE` becomes settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from leadline.settings import Settings

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", metavar="FILE", help="Path of leadline.toml; default: the nearest, in this folder or above."
    ),
]
ListFormat = Literal["table", "json", "csv"]
SafeCsv = Annotated[
    bool, typer.Option("--safe-csv", help="In csv, prevent a spreadsheet from reading text as a formula.")
]
Format = Annotated[ListFormat, typer.Option("--format", help="json: an array of flat objects; csv: with a header.")]


def find_file(config: Path | None) -> Path:
    """The file given by -c (a folder means the leadline.toml in it), else the nearest one upwards."""
    from leadline.settings import find_settings_file

    if config is None:
        return find_settings_file(Path.cwd())
    return config / "leadline.toml" if config.is_dir() else config


def read_settings(config: Path | None, *, needs_secrets: bool = True) -> Settings:
    """Raises ConfigurationError with all errors."""
    from leadline.settings import load_settings

    return load_settings(find_file(config), needs_secrets=needs_secrets)


def read_running_settings(config: Path | None, *, is_quiet: bool = False, needs_secrets: bool = True) -> Settings:
    """For commands that ask running services: if the saved file is broken, the settings in force, with a warning.

    Without `needs_secrets` it also works in a shell without the services' environment: for what a person on call types
    (look, acknowledge, silence), which sends nothing by itself.

    Raises ConfigurationError if no settings were ever accepted.
    """
    from leadline.errors import ConfigurationError
    from leadline.settings import load_accepted, load_settings

    file = find_file(config)
    try:
        return load_settings(file, needs_secrets=needs_secrets)
    except ConfigurationError as error:
        accepted = load_accepted(file, needs_secrets=needs_secrets)
        if accepted is None:
            raise
        if not is_quiet:
            typer.echo(f"{error}\nleadline: using the settings that are still in force", err=True)
        return accepted
