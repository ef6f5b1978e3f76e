"""`leadline incidents` and `leadline notifications`: what is broken, and who was paged."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from leadline.cli.options import ConfigFile, Format, SafeCsv, read_running_settings

INCIDENT_COLUMNS = (
    "incident_id", "state", "severity", "app", "environment", "monitor", "name", "title", "since", "opened_at",
    "acknowledged_at", "acknowledged_by", "resolved_at", "service_version", "failing", "subject_kind", "subject",
    "kind", "turns", "shared_cause",
)  # fmt: skip
INCIDENT_TABLE = ("incident_id", "state", "title", "since", "resolved_at", "acknowledged_by", "failing")
NOTIFICATION_COLUMNS = (
    "incident_id", "transition", "target", "state", "attempts", "created_at", "first_attempt_at", "accepted_at",
    "next_attempt_at", "last_error", "is_maybe_duplicate", "notification_id", "kind", "level", "due_at",
    "combined_into",
)  # fmt: skip
NOTIFICATION_TABLE = ("incident_id", "transition", "target", "state", "level", "attempts", "accepted_at", "last_error")


def incidents(
    state: Annotated[
        Literal["open", "acknowledged", "resolved", "unknown"] | None, typer.Option("--state", help="Only these.")
    ] = None,
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Show at most N, newest first.")] = 100,
    output: Format = "table",
    is_safe_csv: SafeCsv = False,
    config: ConfigFile = None,
) -> None:
    """List incidents, newest first. Works even if the web service is down.

    \b
    Examples:
      leadline incidents --state open
      leadline incidents --format json
    """
    from leadline.cli.asking.ledger import list_incidents
    from leadline.cli.asking.overview import find_silence
    from leadline.cli.listing import print_rows

    settings = read_running_settings(config, needs_secrets=False)
    rows = list_incidents(settings, state=state, app=app, limit=limit)
    columns = INCIDENT_TABLE if output == "table" else INCIDENT_COLUMNS
    print_rows(rows, columns=columns, as_format=output, if_empty="No incidents.", is_safe_csv=is_safe_csv)
    if (silent := find_silence(settings)) is not None:
        typer.echo(
            f"The scheduler has not ticked since {silent:%Y-%m-%d %H:%M:%S} UTC: newer incidents are missing.", err=True
        )


def notifications(
    incident: Annotated[str | None, typer.Option("--incident", metavar="ID", help="Only this incident.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Show at most N, newest first.")] = 1000,
    output: Format = "table",
    is_safe_csv: SafeCsv = False,
    config: ConfigFile = None,
) -> None:
    """List who was paged about what, and whether it arrived: one line per incident, transition and target.

    \b
    Examples:
      leadline notifications
      leadline notifications --incident 01JB... --format json
    """
    from leadline.cli.asking.ledger import list_notifications
    from leadline.cli.listing import print_rows

    rows = list_notifications(read_running_settings(config, needs_secrets=False), incident_id=incident, limit=limit)
    columns = NOTIFICATION_TABLE if output == "table" else NOTIFICATION_COLUMNS
    print_rows(rows, columns=columns, as_format=output, if_empty="Nobody has been paged.", is_safe_csv=is_safe_csv)
