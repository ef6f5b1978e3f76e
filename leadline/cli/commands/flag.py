"""`leadline flag`: feature flags and kill switches. A kill reaches browsers in seconds, with all else down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings
from leadline.errors import ConfigurationError

if TYPE_CHECKING:
    from leadline.flags import Flag

flag = typer.Typer(
    name="flag",
    help="Feature flags and kill switches. Values set here override leadline.toml until `flag restore`.",
    no_args_is_help=True,
)
COLUMNS = (
    "key",
    "app",
    "state",
    "reach",
    "default",
    "kill",
    "variants",
    "changed_at",
    "changed_by",
    "reason",
    "source",
)
WHY_COLUMNS = ("key", "value", "variant", "reason", "because")
Key = Annotated[str, typer.Argument(metavar="KEY", help="The flag, as `leadline flag list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Reason, shown to others.")]


@flag.command(name="list")
def list_flags(output: Format = "table", config: ConfigFile = None) -> None:
    """List all flags: which users get what now, and who changed it.

    \b
    Example:
      leadline flag list --format json
    """
    from leadline.cli.asking.flags import list_flags
    from leadline.cli.listing import print_rows

    rows = list_flags(read_running_settings(config))
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="No flags. Add a [[flag]] to leadline.toml.")


@flag.command()
def kill(key: Key, reason: Reason = "", config: ConfigFile = None) -> None:
    """Give everybody the kill variant, at once. Open browsers follow within 5 s.

    \b
    Example:
      leadline flag kill new-checkout --reason "orders get lost"
    """
    from leadline.cli.asking.flags import kill_flag

    _tell(kill_flag(read_running_settings(config), key, reason=reason))


@flag.command()
def restore(key: Key, reason: Reason = "", config: ConfigFile = None) -> None:
    """Undo `flag set` or `flag kill`: the configured rules apply again.

    \b
    Example:
      leadline flag restore new-checkout
    """
    from leadline.cli.asking.flags import restore_flag

    _tell(restore_flag(read_running_settings(config), key, reason=reason))


@flag.command(name="set")
def set_flag(
    key: Key,
    variant: Annotated[
        str | None, typer.Argument(metavar="[VARIANT]", help="Variant for the users it reaches.")
    ] = None,
    share: Annotated[float | None, typer.Option("--share", help="Only this share of users, 0.05 is 5 %.")] = None,
    ring: Annotated[list[str] | None, typer.Option("--ring", help="Only this ring; may be repeated.")] = None,
    reason: Reason = "",
    app: Annotated[str | None, typer.Option("--app", help="Make a new flag for this app.")] = None,
    variants: Annotated[
        str | None, typer.Option("--variants", metavar="JSON", help='New flag: \'{"on": true, "off": false}\'.')
    ] = None,
    default: Annotated[str | None, typer.Option("--default", help="New flag: variant if no rule matches.")] = None,
    kill_variant: Annotated[str | None, typer.Option("--kill", help="New flag: variant after a kill.")] = None,
    config: ConfigFile = None,
) -> None:
    """Give a variant to everybody, to a share of users or to rings; or make a new flag with --app and --variants.

    \b
    Examples:
      leadline flag set new-checkout on --share 0.05
      leadline flag set new-checkout on --ring staff --ring beta --reason "second stage"
      leadline flag set banner --app shop --variants '{"on": true, "off": false}' --default off
    """
    from leadline.cli.asking.flags import define_flag, set_flag

    settings = read_running_settings(config)
    if variants is None:
        if app is not None or default is not None or kill_variant is not None:
            raise ConfigurationError("--app, --default and --kill belong to a new flag", hint="add --variants JSON")
        _tell(set_flag(settings, key, variant=variant, share=share, rings=ring or [], reason=reason))
        return
    made = define_flag(settings, _new_flag(key, app, variants, default, kill_variant), reason=reason)
    if variant is not None or share is not None or ring:
        made = set_flag(settings, key, variant=variant, share=share, rings=ring or [], reason=reason)
    _tell(made)


@flag.command()
def why(
    key: Key,
    context: Annotated[
        list[str] | None,
        typer.Option("--context", metavar="K=V", help="An attribute of the user, such as targetingKey=u1; repeat it."),
    ] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Explain one evaluation: which variant such a user gets, and which rule decided.

    \b
    Example:
      leadline flag why new-checkout --context targetingKey=u1 --context email_domain=shop.example
    """
    from leadline.cli.asking.flags import evaluate_flag
    from leadline.cli.listing import print_rows
    from leadline.flags import EvaluationFailed

    settings = read_running_settings(config)
    try:
        found = evaluate_flag(settings, key, _read_context(context or []))
    except EvaluationFailed as failed:
        raise ConfigurationError(
            f"{failed.code}: {failed.details}", hint="add it: --context targetingKey=u1"
        ) from failed
    row = {name: getattr(found, name) for name in WHY_COLUMNS}
    print_rows([row], columns=WHY_COLUMNS, as_format=output, if_empty="")


def _read_context(pairs: list[str]) -> dict[str, Any]:
    context: dict[str, Any] = {}
    for pair in pairs:
        name, mark, said = pair.partition("=")
        if not mark or not name:
            raise ConfigurationError(
                f"--context {pair!r} must be NAME=VALUE", hint="--context email_domain=shop.example"
            )
        context[name] = said if name == "targetingKey" else _read_value(said)
    return context


def _read_value(said: str) -> Any:
    """JSON if it is a list, an object, a number or a boolean; else the text itself."""
    try:
        return json.loads(said)
    except ValueError:
        return said


def _new_flag(key: str, app: str | None, variants: str, default: str | None, kill_variant: str | None) -> Flag:
    from leadline.flags import Flag

    if app is None:
        raise ConfigurationError("a new flag needs an app", hint="add --app NAME")
    if default is None:
        raise ConfigurationError("a new flag needs a default variant", hint="add --default NAME")
    try:
        said = json.loads(variants)
    except ValueError as error:
        raise ConfigurationError(f"--variants is not JSON: {error}", hint="""'{"on": true, "off": false}'""") from error
    if not isinstance(said, dict):
        raise ConfigurationError("--variants must be a JSON object", hint="""'{"on": true, "off": false}'""")
    return Flag(key=key, app=app, variants=said, default=default, kill=kill_variant or default)


def _tell(row: dict[str, Any]) -> None:
    from leadline.plain_text import as_one_line

    state = "" if row["state"] == "configured" else f" ({row['state']})"
    print(as_one_line(f"{row['key']}{state}: {row['reach']}"))
