"""Exports and imports tables of the store, a file or a day at a time, with a progress bar on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.cli.asking.store import ask_store
from leadline.cli.moments import parse_moment
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings
from leadline.storeclient import StoreClient, questions
from leadline.storeclient.interchange import ExportAsked, ExportDayAsked, ImportAsked, ImportDayAsked, ImportFile

if TYPE_CHECKING:
    from rich.progress import Progress

Row = dict[str, Any]
MOST_PROBLEMS = 20
# The value of [retention] raw.
RAW_TABLES = frozenset({"page_views", "vitals", "errors", "events", "requests"})


def export_folder(settings: Settings, folder: Path, *, since: str | None, until: str | None) -> list[Row]:
    """Per table: days and rows written. Raises ConfigurationError for invalid times."""
    moment = now()
    bounds = ExportAsked(
        since=parse_moment("--since", since, now=moment) if since is not None else None,
        until=parse_moment("--until", until, now=moment) if until is not None else None,
    )

    def run(client: StoreClient) -> list[Row]:
        plan = client.ask(questions.EXPORT_PLAN, bounds)
        written: dict[str, Row] = {}
        with _bar() as progress:
            task = progress.add_task("exporting", total=sum(day.rows for day in plan) or None)
            for day in plan:
                asked = ExportDayAsked(
                    folder=str(folder.absolute()),
                    table=day.table,
                    day=day.day,
                    since=bounds.since,
                    until=bounds.until,
                )
                rows = client.ask(questions.EXPORT_DAY, asked)
                total = written.setdefault(day.table, {"table": day.table, "days": 0, "rows": 0})
                total["days"] += 1
                total["rows"] += rows
                progress.advance(task, day.rows)
        return list(written.values())

    return ask_store(settings, run)


def import_folder(settings: Settings, folder: Path) -> tuple[list[Row], list[str]]:
    """Per table what was imported, with notes. Raises ConfigurationError, with nothing imported, if
    anything is wrong."""

    def run(client: StoreClient) -> tuple[list[Row], list[str]]:
        plan = client.ask(questions.IMPORT_PLAN, ImportAsked(folder=str(folder.absolute())))
        _refuse(plan.problems)
        total = sum(file.rows for file in plan.files)
        with _bar() as progress:
            remarks, apps = _check(client, plan.files, progress, total)
            tables = _load(client, plan.files, progress, total)
        remarks += say_too_old(plan.files, kept_s=settings.retention.raw, moment=now())
        unknown = sorted(apps - {app.name for app in settings.apps})
        if unknown:
            remarks.append(f"not in leadline.toml: app {', '.join(unknown)}; commands take --app of apps that are")
        return list(tables.values()), [*plan.remarks, *remarks]

    return ask_store(settings, run)


def say_too_old(files: list[ImportFile], *, kept_s: float, moment: datetime) -> list[str]:
    """Warns that imported days are older than `[retention] raw` keeps, so that the store will remove them again.

    A file outside a folder of a day does not tell its age.
    """
    first_kept = (moment - timedelta(seconds=kept_s)).astimezone(UTC).date().isoformat()
    days = sorted({file.day for file in files if file.table in RAW_TABLES and file.day and file.day < first_kept})
    if not days:
        return []
    told = f"day {days[0]} is" if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]} are"
    return [
        f"{told} older than [retention] raw keeps ({round(kept_s / 86400, 1):g} days, from {first_kept} on): "
        "the running store removes these rows within an hour; raise [retention] raw now to keep them. "
        "Days that retention removed before keep the sums that they had"
    ]


def _check(client: StoreClient, files: list[ImportFile], progress: Progress, total: int) -> tuple[list[str], set[str]]:
    task = progress.add_task("checking", total=total or None)
    problems: list[str] = []
    remarks: list[str] = []
    apps: set[str] = set()
    for file in files:
        checked = client.ask(questions.IMPORT_CHECK, file)
        problems += checked.problems
        remarks += checked.remarks
        apps.update(checked.apps)
        progress.advance(task, file.rows)
    _refuse(problems)
    return remarks, apps


def _load(client: StoreClient, files: list[ImportFile], progress: Progress, total: int) -> dict[str, Row]:
    task = progress.add_task("importing", total=total or None)
    tables: dict[str, Row] = {}
    for _, of_day in groupby(files, key=lambda file: file.day):
        day = list(of_day)
        for one in client.ask(questions.IMPORT_DAY, ImportDayAsked(files=day)):
            sums = tables.setdefault(one.table, {"table": one.table, "rows": 0, "added": 0, "known": 0})
            sums["rows"] += one.rows
            sums["added"] += one.added
            sums["known"] += one.rows - one.added
        progress.advance(task, sum(file.rows for file in day))
    return tables


def _refuse(problems: list[str]) -> None:
    if problems:
        more = f"\n  ... and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
        raise ConfigurationError("\n".join(problems[:MOST_PROBLEMS]) + more, hint="nothing was imported")


@contextmanager
def _bar() -> Iterator[Progress]:
    """Shown only on a terminal, and removed at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
