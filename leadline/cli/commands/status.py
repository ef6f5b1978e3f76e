"""`leadline status`: what runs, what is open, what comes next, in one list."""

from __future__ import annotations

import typer

from leadline.cli.options import ConfigFile, Format, read_settings

COLUMNS = ("what", "name", "app", "cohort", "state", "since", "next_run_at", "detail")


def status(output: Format = "table", config: ConfigFile = None) -> None:
    """Show what runs, which incidents are open, and how each journey and check ended last.

    Exit 0 if collector, scheduler and web are ready and no incident is open, else 1.

    \b
    Examples:
      leadline status
      leadline status --format json
    """
    from leadline.cli.asking.overview import is_well, list_overview
    from leadline.cli.listing import print_rows

    rows = list_overview(read_settings(config))
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="")
    if not is_well(rows):
        raise typer.Exit(1)
