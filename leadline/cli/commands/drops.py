"""`leadline drops`: the beacons that were not kept, by reason, each with what mends it."""

from __future__ import annotations

from leadline.cli.options import ConfigFile, Format, read_running_settings

COLUMNS = ("app", "client", "reason", "count", "status_code", "last_at", "field", "detail", "remedy", "sample")
TABLE = ("app", "reason", "count", "last_at", "detail", "remedy")


def drops(output: Format = "table", config: ConfigFile = None) -> None:
    """List the beacons that the running collector did not keep since it started, by reason.

    \b
    Examples:
      leadline drops
      leadline drops --format json
    """
    from leadline.cli.asking.service import Service
    from leadline.cli.listing import print_rows
    from leadline.settings.addresses import base_url

    settings = read_running_settings(config)
    rows = Service("collector", base_url(settings.collector.listen)).get("/v1/drops").rows()
    columns = TABLE if output == "table" else COLUMNS
    print_rows(rows, columns=columns, as_format=output, if_empty="Every beacon was kept.")
