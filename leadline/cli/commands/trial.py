"""`leadline test-page`: the running scheduler sends a test page to each target and records it in the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings

COLUMNS = ("target", "state", "attempts", "accepted_at", "last_error", "incident_id")


def send_test_page(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET]...", help="Names in [notify] targets. Default: all.")
    ] = None,
    wait: Annotated[str, typer.Option("--wait", metavar="T", help="How long to wait for the answers.")] = "30s",
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Send a test page to each target, like any other page. `leadline notifications` lists it.

    Exit 1 if a target did not accept it in time, 3 if no scheduler runs (it is sent at the next start).

    \b
    Examples:
      leadline test-page
      leadline test-page oncall --wait 60s
    """
    from leadline.cli.asking.trials import send_trial
    from leadline.cli.listing import print_rows
    from leadline.errors import ConfigurationError
    from leadline.settings import parse_duration_s

    try:
        patience_s = parse_duration_s(wait)
    except ValueError as error:
        raise ConfigurationError(f"--wait: {error}") from error
    rows = send_trial(read_running_settings(config), targets or [], patience_s=patience_s)
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="No targets.")
    if any(row["state"] != "accepted" for row in rows):
        raise typer.Exit(1)
