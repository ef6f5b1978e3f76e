"""`leadline slo`: objectives to and from OpenSLO documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, find_file, read_settings
from leadline.errors import ConfigurationError

slo = typer.Typer(name="slo", help="Objectives as OpenSLO documents, in and out.", no_args_is_help=True)


@slo.command()
def export(config: ConfigFile = None) -> None:
    """Print every [[slo]] of leadline.toml as an OpenSLO v1 document, with its four burn-rate alerts.

    \b
    Example:
      leadline slo export > objectives.yaml
    """
    from leadline.settings.openslo import export_objectives

    settings = read_settings(config)
    if not settings.slos:
        raise ConfigurationError(f"{settings.file} has no [[slo]]", hint="docs/configuration.md shows how to write one")
    print(export_objectives(settings.slos), end="")


@slo.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenSLO v1 documents, as YAML.")],
    write: Annotated[bool, typer.Option("--write", help="Append the tables to leadline.toml.")] = False,
    config: ConfigFile = None,
) -> None:
    """Print the objectives of an OpenSLO file as [[slo]] tables, checked against leadline.toml.

    Only metric sources of `type: leadline` can be measured here; every other one is named and nothing is taken.

    \b
    Examples:
      leadline slo import objectives.yaml
      leadline slo import objectives.yaml --write
    """
    from leadline.settings.openslo import import_objectives, write_tables
    from leadline.settings.reading import read_source

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"can't read {file}: {error}") from error
    tables = write_tables(import_objectives(text))
    target = find_file(config)
    try:
        before = target.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"can't read {target}: {error}") from error
    after = before.rstrip("\n") + "\n\n" + tables
    read_source(target, after)  # an unknown app or a name that is taken is refused before anything is written
    if not write:
        print(tables, end="")
        return
    whole = target.with_name(target.name + ".new")  # swapped in whole: running services watch the file
    whole.write_text(after, encoding="utf-8")
    whole.replace(target)
    print(f"added {tables.count('[[slo]]')} objectives to {target}")
