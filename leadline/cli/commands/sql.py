"""`leadline sql`: one read-only query over all measured data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from leadline.cli.options import ConfigFile, SafeCsv, read_running_settings
from leadline.errors import ConfigurationError

QueryFormat = Literal["table", "json", "csv", "arrow", "parquet"]


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="One SELECT; - reads it from standard input.")],
    output: Annotated[QueryFormat, typer.Option("--format", help="arrow: an Arrow IPC stream.")] = "table",
    to: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")] = None,
    max_rows: Annotated[
        int, typer.Option("--max-rows", min=1, max=1_000_000, help="Return at most this many rows.")
    ] = 10_000,
    is_safe_csv: SafeCsv = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0.1, max=120, help="Give up after this many seconds.")
    ] = 30.0,
    config: ConfigFile = None,
) -> None:
    """Run one read-only SELECT. Tables: page_views, vitals, errors, events, requests, journey_runs, steps, checks, ...

    users_page_views, users_vitals and so on leave probes and bots out.

    If rows were left out, a warning on standard error says so.

    \b
    Examples:
      leadline sql "SELECT service_version, count(*) FROM users_page_views GROUP BY ALL"
      leadline sql "SELECT * FROM journey_runs" --format parquet -o runs.parquet
      leadline sql - --format csv < question.sql
    """
    from leadline.cli.asking.figures import ask_sql
    from leadline.cli.listing import print_csv
    from leadline.plain_text import as_plain_json
    from leadline.storeclient import SqlAsked

    if output in ("arrow", "parquet") and to is None and sys.stdout.isatty():
        raise ConfigurationError(f"{output} can't be printed on a terminal", hint=f"add -o FILE.{output}, or a pipe")
    text = sys.stdin.read() if query == "-" else query
    asked = SqlAsked(
        sql=text,
        as_format="json" if output == "table" else output,
        is_safe_csv=is_safe_csv,
        max_rows=max_rows,
        timeout_s=timeout_s,
    )
    found = ask_sql(read_running_settings(config), asked)
    if output == "table":
        _print_table(found.body, to)
    elif to is not None:
        _write(to, found.body)
    elif output == "csv" and sys.stdout.isatty():
        print_csv(found.body.decode().replace("\r\n", "\n"))
    else:
        said = found.body if output != "json" else as_plain_json(found.body.decode()).encode() + b"\n"
        sys.stdout.flush()
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
    if found.truncated:
        print(f"cut: the limit of {found.truncated} was reached; --max-rows changes it", file=sys.stderr)


def _print_table(body: bytes, to: Path | None) -> None:
    import json

    from leadline.cli.listing import print_rows

    if to is not None:
        raise ConfigurationError(
            "table format can't be written to a file", hint="add --format csv, json, arrow or parquet to -o FILE"
        )
    rows = json.loads(body)
    print_rows(rows, columns=list(rows[0]) if rows else [], as_format="table", if_empty="No rows.")


def _write(to: Path, body: bytes) -> None:
    try:
        to.write_bytes(body)
    except OSError as error:
        raise ConfigurationError(f"{to} can't be written: {error.strerror}") from error
