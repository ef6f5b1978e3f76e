"""`leadline doctor` and `leadline dora`: how ready an app is for tests in production, and how it delivers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings

if TYPE_CHECKING:
    from leadline.storeclient.readiness import RouteCoverage

COLUMNS = ("app", "level", "rung", "title", "requirement", "is_met", "evidence", "next_step")
DORA_COLUMNS = (
    "app", "since", "until", "deployments", "deployments_per_day", "lead_time_s", "n_lead_times",
    "change_failure_ratio", "n_failed_deployments", "recovery_time_s", "n_recoveries",
)  # fmt: skip
# Few enough to read, and the busiest come first.
_MOST_GAPS = 5
_MANY = 0.01


def doctor(
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    require: Annotated[
        int | None,
        typer.Option("--require", min=0, max=5, help="Exit 1 and say what is missing if the app is below this level."),
    ] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Show each app's level on the readiness ladder, from live data, with what is missing and what to do.

    L0 watched, L1 seen (version, errors, p99, saturation, KPI and trace, each less than 60 s old), L2 limited (flags
    and stages), L3 taken back by the machine (a gate, drilled and armed), L4 and L5 broken on purpose.

    \b
    Examples:
      leadline doctor
      leadline doctor --app shop --require 3
      leadline doctor --format json
    """
    from leadline.cli.asking.doctor import examine_apps
    from leadline.cli.listing import print_rows
    from leadline.model.readiness import ladder_rows

    examined = examine_apps(read_running_settings(config), app=app)
    rows = [row for ladder, _ in examined for row in ladder_rows(ladder)]
    if output == "table":
        for ladder, routes in examined:
            reached = "is below L0" if ladder.level is None else f"is at L{ladder.level}"
            print(f"{ladder.app} {reached}")
            for rung in ladder.rungs:
                print(f"  L{rung.level} {rung.title}")
                for one in rung.requirements:
                    step = "" if one.is_met else f"\n          next: {one.next_step}"
                    print(f"    {'✓' if one.is_met else '✗'} {one.name}: {one.evidence}{step}")
            print("".join(f"  {line}\n" for line in list_gaps(routes)), end="")
        if not examined:
            print("No [[app]] is configured.")
    else:
        print_rows(rows, columns=COLUMNS, as_format=output, if_empty="")
    if require is not None:
        refused = [reason for ladder, _ in examined if (reason := ladder.refuse(require)) is not None]
        for reason in refused:
            print(reason, file=sys.stderr)
        if refused:
            raise typer.Exit(1)


def list_gaps(routes: list[RouteCoverage]) -> list[str]:
    """What users do but nobody watches, busiest first: routes, and views without version or vitals."""
    lines = [
        f"gap: no journey visits {one.route or '(no route)'}, {one.page_views:,} page views in a day"
        for one in routes
        if one.probe_views == 0
    ][:_MOST_GAPS]
    views = sum(one.page_views for one in routes)
    for name, missing in (
        ("version", sum(one.page_views_without_version for one in routes)),
        ("vitals", sum(one.page_views_without_vitals for one in routes)),
    ):
        if views and missing / views > _MANY:
            lines.append(f"gap: {missing / views:.0%} of page views have no {name}")
    return lines


def dora(
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back: 7d, 30d, 90d.")] = "30d",
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Show DORA's four keys per app: deployment frequency, lead time, change failure share, recovery time.

    \b
    Examples:
      leadline dora
      leadline dora --app shop --since 90d --format json
    """
    from leadline.cli.asking.doctor import ask_delivery
    from leadline.cli.listing import print_rows

    answers = ask_delivery(read_running_settings(config), app=app, since=since)
    rows: list[dict[str, Any]] = [{name: getattr(answer, name) for name in DORA_COLUMNS} for answer in answers]
    columns = DORA_COLUMNS if output != "table" else tuple(n for n in DORA_COLUMNS if n not in ("since", "until"))
    print_rows(rows, columns=columns, as_format=output, if_empty="No [[app]] is configured.")
    if output == "table" and answers:
        print("\nHow it is counted:")
        print("\n".join(f"  {name}: {how}" for name, how in answers[0].how.items()))
