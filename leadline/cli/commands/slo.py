"""`leadline slo`: objectives to and from OpenSLO documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, find_file, read_settings
from leadline.errors import ConfigurationError

slo = typer.Typer(name="slo", help="Objectives and their alerts; OpenSLO import and export.")
COLUMNS = (
    "name", "app", "indicator", "objective", "severity", "long_s", "short_s", "factor", "long_rate", "short_rate",
    "bad", "valid", "has_enough_data", "is_firing",
)  # fmt: skip


@slo.callback(invoke_without_command=True)
def list_alerts(
    context: typer.Context,
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """List each objective's four alerts with their burn rates, or export and import objectives.

    \b
    Examples:
      leadline slo
      leadline slo export > objectives.yaml
    """
    if context.invoked_subcommand is not None:
        return
    from leadline.cli.asking.objectives import ask_objectives
    from leadline.cli.listing import print_rows
    from leadline.cli.options import read_running_settings
    from leadline.storeclient.objectives import alert_rows

    answers = ask_objectives(read_running_settings(config), app=app)
    rows = [row for answer in answers for row in alert_rows(answer)]
    empty = "No objectives. Add an [[slo]] to leadline.toml; docs/budgets.md shows how."
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty=empty)


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
        raise ConfigurationError(f"{settings.file} has no [[slo]]", hint="docs/budgets.md shows how to write one")
    print(export_objectives(settings.slos), end="")


@slo.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenSLO v1 documents, as YAML.")],
    write: Annotated[bool, typer.Option("--write", help="Append the tables to leadline.toml.")] = False,
    config: ConfigFile = None,
) -> None:
    """Print the objectives of an OpenSLO file as [[slo]] tables, checked against leadline.toml.

    Only metric sources of `type: leadline` can be measured here. If there are others, lists them and imports nothing.

    \b
    Examples:
      leadline slo import objectives.yaml
      leadline slo import objectives.yaml --write
    """
    from leadline.settings.openslo import import_objectives, write_tables
    from leadline.settings.toml_file import read_source
    from leadline.textfile import read_text_file

    try:
        text = read_text_file(file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"can't read {file}: {error}") from error
    tables = write_tables(import_objectives(text))
    target = find_file(config)
    try:
        before = read_text_file(target)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"can't read {target}: {error}") from error
    after = before.rstrip("\n") + "\n\n" + tables
    read_source(target, after)  # an unknown app or a duplicate name is an error before anything is written
    if not write:
        print(tables, end="")
        return
    whole = target.with_name(target.name + ".new")  # replaced atomically: running services watch the file
    whole.write_text(after, encoding="utf-8")
    whole.replace(target)
    print(f"added {tables.count('[[slo]]')} objectives to {target}")
