"""`leadline export` and `leadline import`: the documented tables as folders of Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings, read_settings
from leadline.plain_text import as_log_line

EXPORTED = ("table", "days", "rows")
IMPORTED = ("table", "rows", "added", "known")


def export_tables(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write to; created if missing.")],
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="7d, or 2026-11-24T12:00Z.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to this time; default: now.")] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Write the documented tables as Parquet: table=page_views/day=2026-11-27/leadline.parquet.

    The day is the UTC day of received_at. An existing file is replaced as a whole.

    \b
    Examples:
      leadline export archive
      leadline export archive --since 2026-11-01 --until 2026-12-01
    """
    from leadline.cli.asking.interchange import export_folder
    from leadline.cli.listing import print_rows

    rows = export_folder(read_running_settings(config), folder, since=since, until=until)
    print_rows(rows, columns=EXPORTED, as_format=output, if_empty="The store has no data for that time.")


def import_tables(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of table=NAME/day=YYYY-MM-DD/*.parquet.")],
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Import folders of Parquet into the store, written by `leadline export` or by another tool in the same layout.

    Checks every file first; if anything is wrong, imports nothing and lists each problem with its table,
    column, file and row. Only the columns of docs/tables.md are read, and most may be missing. Rows count as if they
    had arrived at their received_at; a row that is already there changes nothing. You can kill it and run it again.

    \b
    Example:
      leadline import archive
    """
    from leadline.cli.asking.interchange import import_folder
    from leadline.cli.listing import print_rows

    rows, remarks = import_folder(read_settings(config), folder)
    for remark in remarks:
        print(f"note: {as_log_line(remark)}", file=sys.stderr)
    print_rows(rows, columns=IMPORTED, as_format=output, if_empty="No rows.")
