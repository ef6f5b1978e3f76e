"""`leadline silence`: mute pages for a while, never the incidents."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings
from leadline.errors import ConfigurationError
from leadline.model.runs import MonitorKind

silence = typer.Typer(
    name="silence", help="Mute pages for a while. Incidents still open and are shown.", no_args_is_help=True
)
COLUMNS = ("silence_id", "app", "monitor", "name", "starts_at", "ends_at", "reason", "created_by")


@silence.command()
def add(
    span: Annotated[str, typer.Option("--for", metavar="SPAN", help="How long: 30m, 2h, 1d.")],
    reason: Annotated[str, typer.Option("--reason", help="Reason, shown to others.")],
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    journey: Annotated[str | None, typer.Option("--journey", help="Only this journey.")] = None,
    check: Annotated[str | None, typer.Option("--check", help="Only this check.")] = None,
    config: ConfigFile = None,
) -> None:
    """Mute pages from now on.

    \b
    Examples:
      leadline silence add --app shop --for 30m --reason "database migration"
      leadline silence add --journey checkout --for 2h --reason "known, ticket 4711"
    """
    from leadline.cli.asking.silences import add_silence

    if journey is not None and check is not None:
        raise ConfigurationError("--journey and --check can't be combined", hint="add one silence for each")
    settings = read_running_settings(config, needs_secrets=False)
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise ConfigurationError(f"no app named {app!r}", hint=f"configured: {', '.join(names) or 'none'}")
    monitor: MonitorKind | None = "journey" if journey is not None else "check" if check is not None else None
    added = add_silence(settings, span=span, reason=reason, app=app, monitor=monitor, name=journey or check)
    print(f"silenced until {added['ends_at']:%Y-%m-%d %H:%M:%S}Z: {added['silence_id']}")


@silence.command(name="list")
def list_silences(output: Format = "table", config: ConfigFile = None) -> None:
    """List the silences in force.

    \b
    Example:
      leadline silence list
    """
    from leadline.cli.asking.silences import active_silences
    from leadline.cli.listing import print_rows

    print_rows(
        active_silences(read_running_settings(config, needs_secrets=False)),
        columns=COLUMNS,
        as_format=output,
        if_empty="Nothing is silenced.",
    )


@silence.command()
def end(
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `leadline silence list` shows it.")],
    config: ConfigFile = None,
) -> None:
    """End a silence before its time.

    \b
    Example:
      leadline silence end 01JB4Z3N8Q0000000000000000
    """
    from leadline.cli.asking.silences import end_silence

    if not end_silence(read_running_settings(config, needs_secrets=False), silence_id):
        raise ConfigurationError(f"no active silence with ID {silence_id!r}", hint="leadline silence list shows them")
    print(f"ended {silence_id}")
