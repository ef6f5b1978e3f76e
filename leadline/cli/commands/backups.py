"""`leadline backup`, `restore` and `retention`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings, read_settings

PARTS = ("part", "rows", "sha256")
KEPT = ("what", "name", "kept_as", "kept_for", "rows", "oldest_at", "size_bytes", "gone", "free_bytes")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; replaced if it exists.")],
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Write the home's data into one file while everything runs: store, records, beacons that are not loaded yet.

    Evidence and leadline.toml are not included: they are plain files that any tool can copy.

    \b
    Example:
      leadline backup /backups/leadline-2026-11-27.tar
    """
    from leadline.cli.asking.backups import back_up
    from leadline.cli.listing import print_rows

    print_rows(back_up(read_running_settings(config), file), columns=PARTS, as_format=output, if_empty="")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File written by `leadline backup`.")],
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Restore a backup into an empty home. Verifies each part by its checksum and its number of rows.

    No service may be running on the home. If anything is wrong, the home stays empty.

    \b
    Example:
      leadline restore /backups/leadline-2026-11-27.tar -c new/leadline.toml
    """
    from leadline.cli.asking.backups import bring_back
    from leadline.cli.listing import print_rows

    print_rows(bring_back(read_settings(config), file), columns=PARTS, as_format=output, if_empty="")


def retention(
    is_applied: Annotated[bool, typer.Option("--apply", help="Remove what is due now.")] = False,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Show what is kept, for how long, its size, and how many rows are due. Removes nothing without --apply.

    The store service removes rows that are due once an hour, by [retention]. If a quarter of its file is free, it
    gives that back to the disk.

    \b
    Examples:
      leadline retention
      leadline retention --apply
    """
    from leadline.cli.asking.backups import list_retention
    from leadline.cli.listing import print_rows

    rows = list_retention(read_running_settings(config), is_applied=is_applied)
    print_rows(rows, columns=KEPT, as_format=output, if_empty="")
    if not is_applied and any(row.get("gone") for row in rows):
        print("dry run: rows in `gone` are due; --apply removes them now", file=sys.stderr)
