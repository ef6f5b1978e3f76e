"""`leadline drops`: the beacons that were not kept, by reason, each with its remedy and a redacted sample."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from leadline.cli.options import ConfigFile, Format, SafeCsv, read_running_settings

if TYPE_CHECKING:
    from leadline.settings import Settings

COLUMNS = (
    "app",
    "client",
    "reason",
    "last_hour",
    "count",
    "status_code",
    "last_at",
    "field",
    "detail",
    "remedy",
    "sample",
)
TABLE = ("app", "reason", "last_hour", "count", "last_at", "detail", "remedy")


def drops(output: Format = "table", is_safe_csv: SafeCsv = False, config: ConfigFile = None) -> None:
    """List the beacons that the collector did not keep, in the last hour and since it started, with what to do.

    One row for each app and reason, most frequent in the last hour first, with a redacted sample.

    If no collector is running, shows its last saved counts. Exit 3 if there are none.

    \b
    Examples:
      leadline drops
      leadline drops --format json
    """
    from leadline.cli.listing import print_rows

    rows = _ask(read_running_settings(config))
    columns = TABLE if output == "table" else COLUMNS
    print_rows(rows, columns=columns, as_format=output, if_empty="Every beacon was kept.", is_safe_csv=is_safe_csv)
    if output == "table":
        _print_samples(rows)


def _ask(settings: Settings) -> list[dict[str, Any]]:
    from leadline.cli.asking.service import Service
    from leadline.errors import ServiceUnreachable
    from leadline.settings.addresses import base_url

    try:
        return Service("collector", base_url(settings.collector.listen)).get("/v1/drops").rows()
    except ServiceUnreachable as error:
        from datetime import datetime

        from leadline import clock
        from leadline_collector.counting.drops import list_drops
        from leadline_collector.counting.shared_counts import read_counts

        if not (left := read_counts(settings.paths.run)):
            raise
        print(f"leadline: {error.message}; showing the last saved counts", file=sys.stderr)
        rows = list_drops(left, now=clock.now())
        return [row | {"last_at": datetime.fromisoformat(row["last_at"]) if row["last_at"] else None} for row in rows]


def _print_samples(rows: list[dict[str, Any]]) -> None:
    from leadline.plain_text import as_one_line

    samples = [row for row in rows if row.get("sample")]
    if samples:
        print("\nLatest samples, redacted:")
    for row in samples:
        print(f"  {row['app'] or '–'} {row['reason']}: {as_one_line(str(row['sample']))}")
