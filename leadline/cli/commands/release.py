"""`leadline release`: a canary through the stages of its gate, and back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings
from leadline.errors import ConfigurationError
from leadline.settings import Settings

release = typer.Typer(
    name="release",
    help="Open a canary stage by stage, each with its verdict; abort it at any time.",
    no_args_is_help=True,
)
COLUMNS = (
    "app",
    "stage",
    "stage_number",
    "stages",
    "exposure",
    "exposed_by",
    "state",
    "to_do",
    "seen_at",
    "seen",
    "started_at",
    "since",
    "verdict",
    "canary",
    "sentence",
    "next",
    "armed",
    "refused",
    "last_hook",
)
App = Annotated[str | None, typer.Option("--app", help="Which app, if there are several.")]
Reason = Annotated[str, typer.Option("--reason", help="Reason, shown to others.")]


Require = Annotated[
    int | None,
    typer.Option("--require", min=0, max=5, help="Refuse below this level of the readiness ladder (leadline doctor)."),
]
Owner = Annotated[str, typer.Option("--owner", help="Who is on call for it; needed if the budget is low.")]


@release.command()
def start(
    app: App = None,
    canary: Annotated[
        str | None,
        typer.Option("--canary", help="The version to release; default: the newest registered. Not with a flag."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Start in spite of budget and readiness; needs --reason.")
    ] = False,
    owner: Owner = "",
    reason: Reason = "",
    require: Require = None,
    config: ConfigFile = None,
) -> int:
    """Begin the first stage of the gate. Exit 1 if the error budget forbids it, if an armed gate has no hook drilled in
    the last 30 days, or if the hook that exposes it fails; 2 while a release is under way.

    If a person sets the share, says what to set; the stage begins once new sessions show it.

    \b
    Example:
      leadline release start --app shop
    """
    from leadline.cli.asking.releases import start_release
    from leadline.plain_text import as_one_line

    settings = read_running_settings(config)
    row, blocked = start_release(
        settings, _app(settings, app), reason=reason, force=force, owner=owner, require=require, canary=canary
    )
    if blocked is not None:
        print(as_one_line(f"{row['app']} does not start: {blocked}"))
        return 1
    _tell(row)
    return 0


@release.command()
def advance(
    app: App = None,
    force: Annotated[
        bool, typer.Option("--force", help="Advance in spite of verdict and budget; needs --reason.")
    ] = False,
    owner: Owner = "",
    reason: Reason = "",
    require: Require = None,
    config: ConfigFile = None,
) -> int:
    """Begin the next stage if this one has baked and the verdict is promote. Otherwise exit 1 with the reason.

    \b
    Example:
      leadline release advance --app shop
    """
    from leadline.cli.asking.releases import advance_release
    from leadline.plain_text import as_one_line

    settings = read_running_settings(config)
    row, blocked = advance_release(
        settings, _app(settings, app), force=force, reason=reason, owner=owner, require=require
    )
    if blocked is not None:
        print(as_one_line(f"{row['app']} stays at {row['stage']}: {blocked}"))
        return 1
    _tell(row)
    return 0


@release.command()
def abort(
    app: App = None,
    reason: Reason = "aborted by hand",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Don't check that users get the old version.")] = False,
    config: ConfigFile = None,
) -> int:
    """Roll the canary back: kill the exposing flag, run the gate's hooks in order until one works.

    Exit 1 if none did, or if a person must set it because the gate has no hook.

    \b
    Example:
      leadline release abort --app shop --reason "orders get lost"
    """
    from leadline.cli.asking.releases import abort_release
    from leadline.plain_text import as_one_line

    settings = read_running_settings(config)
    done = abort_release(settings, _app(settings, app), reason=reason, waits=not no_wait)
    for row in done:
        print(as_one_line(f"{row['did']}: {row['state']}: {row['said']}"))
    return 1 if done[-1]["state"] in {"failed", "asked"} else 0


@release.command()
def status(app: App = None, output: Format = "table", config: ConfigFile = None) -> None:
    """Show each release's stage, its last verdict, and why it does not go on.

    \b
    Example:
      leadline release status --format json
    """
    from leadline.cli.asking.releases import show_release
    from leadline.cli.listing import print_rows

    settings = read_running_settings(config)
    names = [_app(settings, app)] if app is not None else [gate.app for gate in settings.gates]
    found = [show_release(settings, name) for name in names]
    rows = [{column: row[column] for column in COLUMNS} for row in found]
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="No [[gate]] in leadline.toml.")


def _tell(row: dict[str, Any]) -> None:
    """The stage, and what has to happen until it begins."""
    from leadline.plain_text import as_one_line

    print(f"{row['app']}: stage {row['stage_number']} of {row['stages']}, {row['stage']}")
    if row["to_do"]:
        print(as_one_line(f"Now you: {row['to_do']}"))
    if row["waits"]:
        print(as_one_line(f"Its bake time has not begun: {row['waits']}"))
    if row["refused"]:
        print(as_one_line(f"It does not go on by itself: {row['refused']}"))


def _app(settings: Settings, named: str | None) -> str:
    names = [one.name for one in settings.apps]
    if named is None and len(names) == 1:
        return names[0]
    if named not in names:
        said = f"no app is named {named!r}" if named is not None else "say which app"
        raise ConfigurationError(said, hint=f"--app {' or '.join(names) or 'NAME'}")
    return named
