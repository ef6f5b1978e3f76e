"""`leadline validate`: all errors at once, without starting anything."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import ConfigFile, Format, ListFormat, read_settings
from leadline.errors import ConfigurationError

if TYPE_CHECKING:
    from leadline.cli.validation.findings import Findings
    from leadline.settings import Settings


def validate(
    send: Annotated[bool, typer.Option("--send", help="Send a real test page to each target.")] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would run, when next, and who would be paged.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="With --plan: as of this time, 2026-11-29T03:00Z.")
    ] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Check configuration, journeys and targets without starting anything.

    Lists every error with file, line and column; warns of settings without effect and of monitors that page nobody.
    Exit 2 for errors, 0 for warnings; with --send, 1 if a target did not accept the test page.

    \b
    Examples:
      leadline validate
      leadline validate --plan
      leadline validate --plan --at 2026-11-29T03:00Z
      leadline validate --send
      leadline validate --plan --format json
    """
    import asyncio

    from leadline.cli.validation.findings import examine

    settings = read_settings(config)
    if sys.stderr.isatty():
        print("importing the journeys, reading the targets ...", file=sys.stderr)
    findings = asyncio.run(examine(settings))
    _print_findings(settings, findings)
    if findings.errors:
        raise typer.Exit(ConfigurationError.exit_code)
    if plan:
        _print_plan(settings, findings, output, at)
    if send:
        _send(settings, output)


def _print_findings(settings: Settings, findings: Findings) -> None:
    """On stderr, so that --plan --format json stays JSON."""
    from leadline.incidents.spans import write_span
    from leadline.plain_text import as_log_line

    for kind, problems in (("error", findings.errors), ("warning", findings.warnings)):
        for problem in problems:
            text = f"{problem.file}:{problem.line}:{problem.column}: {kind}: {problem.message}"
            print("\n".join(map(as_log_line, text.splitlines())), file=sys.stderr)
    journeys = sum(len(found) for _, found in findings.journeys)
    if findings.errors:
        print(f"{settings.file}: {_count(len(findings.errors), 'error')}", file=sys.stderr)
        return
    said = [
        _count(journeys, "journey"),
        _count(len(settings.checks), "check"),
        _count(len(settings.notify.targets), "target"),
    ]
    warnings = f", {_count(len(findings.warnings), 'warning')}" if findings.warnings else ""
    print(f"{settings.file} is valid: {', '.join(said)}{warnings}", file=sys.stderr)
    marked = [spec for _, found in findings.journeys for spec in found if spec.test is not None]
    for spec in marked:
        file = Path(os.path.relpath(spec.path, settings.folder)).as_posix()
        when = f"cron {spec.cron}" if spec.cron else f"every {write_span(timedelta(seconds=spec.every_s))}"
        print(as_log_line(f"  test {file}::{spec.test}, {when}"), file=sys.stderr)


def _print_plan(settings: Settings, findings: Findings, output: ListFormat, at: str | None) -> None:
    from leadline.cli.listing import print_rows
    from leadline.cli.moments import parse_moment
    from leadline.cli.validation.plan import COLUMNS, list_plan
    from leadline.clock import now

    moment = now() if at is None else parse_moment("--at", at, now=now())
    rows = list(list_plan(settings, findings.journeys, now=moment))
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="Nothing would run: no journeys and no checks.")


def _send(settings: Settings, output: ListFormat) -> None:
    import asyncio

    from leadline.cli.listing import print_rows
    from leadline.cli.validation.trial_page import COLUMNS, send_trial_pages

    rows = asyncio.run(send_trial_pages(settings)) if settings.notify.targets else []
    print_rows(rows, columns=COLUMNS, as_format=output, if_empty="No page was sent: [notify] has no targets.")
    if not all(row["accepted"] for row in rows):
        raise typer.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
