"""`leadline status`: services, open incidents and next runs in one list."""

from __future__ import annotations

import typer

from leadline.cli.options import ConfigFile, Format, SafeCsv, read_running_settings, read_settings

COLUMNS = ("what", "name", "app", "cohort", "state", "since", "next_run_at", "detail")


def status(output: Format = "table", is_safe_csv: SafeCsv = False, config: ConfigFile = None) -> None:
    """Show running services, open incidents, and the last result of each journey and check.

    Exit 0 if all services are ready, no incident is open and the saved file is in force, else 1; 2 if leadline.toml
    is broken (the list still shows what runs).

    \b
    Examples:
      leadline status
      leadline status --format json
    """
    from leadline.cli.asking.overview import is_well, list_overview
    from leadline.cli.listing import print_rows

    rows = list_overview(read_running_settings(config, is_quiet=True, needs_secrets=False))
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="", is_safe_csv=is_safe_csv)
    read_settings(config, needs_secrets=False)
    if not is_well(rows):
        raise typer.Exit(1)
