"""`leadline budget`: how much of each error budget is left, and how fast it burns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings

COLUMNS = (
    "name", "app", "indicator", "objective", "state", "left_ratio", "burn_rate", "burn_window_s", "valid", "bad",
    "allowed_bad", "good_ratio", "since", "until", "spent_at", "spent_by_version", "spent_by_ratio",
)  # fmt: skip
TABLE = ("objective", "state", "left", "burns", "bad", "spent by", "empty in")


def budget(
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Show how much of each error budget is left, how fast it burns, and which version spent it.

    Exit 1 if an alert fires, a budget is spent or an objective has no data.

    \b
    Examples:
      leadline budget
      leadline budget --app shop --format json
    """
    from leadline.cli.asking.objectives import ask_objectives
    from leadline.cli.listing import print_rows
    from leadline.clock import now
    from leadline.storeclient.objectives import budget_row

    rows = [budget_row(answer) for answer in ask_objectives(read_running_settings(config), app=app)]
    shown = [_as_line(row, now()) for row in rows] if output == "table" else rows
    empty = "No objectives. Add an [[slo]] to leadline.toml; docs/budgets.md shows how."
    print_rows(shown, columns=TABLE if output == "table" else COLUMNS, as_format=output, if_empty=empty)
    if any(row["state"] != "ok" for row in rows):
        raise typer.Exit(1)


def _as_line(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    from leadline.incidents.spans import write_span

    by = None if row["spent_by_version"] is None else f"{row['spent_by_version']} ({row['spent_by_ratio']:.0%})"
    spent_at = row["spent_at"]
    return {
        "objective": f"{row['app']} {row['name']}: {row['objective']:g} {row['indicator']}",
        "state": row["state"].replace("_", " "),
        "left": None if row["left_ratio"] is None else f"{row['left_ratio']:.1%}",
        "burns": _say_rate(row["burn_rate"], row["burn_window_s"]),
        "bad": f"{row['bad']:,.0f} of {row['valid']:,.0f}, {row['allowed_bad']:,.1f} allowed",
        "spent by": by,
        "empty in": None if spent_at is None else "now" if spent_at <= at else write_span(spent_at - at),
    }


def _say_rate(rate: float | None, window_s: float) -> str | None:
    from leadline.incidents.spans import write_span

    return None if rate is None else f"{rate:.2g}x in {write_span(timedelta(seconds=window_s))}"
