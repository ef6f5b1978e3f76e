"""`leadline hook`: lists, tests, rehearses and runs hooks by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings

hook = typer.Typer(
    name="hook",
    help="Hooks change production: roll back, kill a flag. Test and drill them first.",
    no_args_is_help=True,
)
COLUMNS = (
    "name",
    "kind",
    "app",
    "does",
    "armed",
    "last_drill_at",
    "drill_problem",
    "request_to_executed_ms",
    "executed_to_verified_ms",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The hook, as `leadline hook list` shows it.")]


@hook.command(name="list")
def list_hooks(output: Format = "table", config: ConfigFile = None) -> None:
    """List all hooks: what each does, whether a gate may run it, and when it was last rehearsed.

    \b
    Example:
      leadline hook list --format json
    """
    from leadline.cli.asking.hooks import list_hooks
    from leadline.cli.listing import print_rows

    rows = list_hooks(read_running_settings(config))
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="No hooks. Add a [[hook]] to leadline.toml.")


@hook.command(name="test")
def check(name: Name, config: ConfigFile = None) -> int:
    """Check that a hook could act now, without acting. Exit 1 if it could not.

    \b
    Example:
      leadline hook test argo
    """
    from leadline.cli.asking.hooks import preflight_hook

    found = preflight_hook(read_running_settings(config), name)
    _say(f"{name} {found['does']}: {'ready' if found['is_ready'] else 'NOT READY'}: {found['detail']}")
    return 0 if found["is_ready"] else 1


@hook.command()
def drill(name: Name, config: ConfigFile = None) -> int:
    """Rehearse a hook without any effect on users. A gate promotes by itself only after a drill in the last 30 days.

    A command gets LEADLINE_DRILL=1 (or drill_command is run), a webhook "is_drill": true: they must then change
    nothing. Exit 1 if it failed.

    \b
    Example:
      leadline hook drill argo
    """
    from leadline.cli.asking.hooks import drill_hook

    found = drill_hook(read_running_settings(config), name)
    is_good = found["state"] == "verified"
    _say(f"drill of {name}: {'good' if is_good else 'FAILED'}: {found['detail'] if is_good else found['error']}")
    return 0 if is_good else 1


@hook.command()
def fire(
    name: Name,
    canary: Annotated[str | None, typer.Option("--canary", help="The bad version, which users should leave.")] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="The good version, which users should get.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Reason, shown to others.")] = "by hand",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Don't check that users get the old version.")] = False,
    config: ConfigFile = None,
) -> int:
    """Run a hook now, by hand. Exit 1 if it failed, or if users don't get the old version in time.

    \b
    Example:
      leadline hook fire argo --canary 1.5.0 --reason "orders get lost"
    """
    from leadline.cli.asking.hooks import fire_hook

    settings = read_running_settings(config)
    found = fire_hook(settings, name, canary=canary, baseline=baseline, reason=reason, waits=not no_wait)
    said = found["error"] or found["evidence"] or found["detail"]
    _say(f"{name}: {found['state']}: {said}")
    return 1 if found["state"] == "failed" else 0


def _say(text: str) -> None:
    from leadline.plain_text import as_one_line

    print(as_one_line(text))
