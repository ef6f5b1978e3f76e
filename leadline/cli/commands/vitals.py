"""`leadline vitals`: what real users experienced, per version, each figure with its n and interval."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, SafeCsv, read_running_settings

TABLE = ("app", "version", "metric", "n", "p50", "p75", "p95", "share")
VITALS = {"lcp": "_ms", "inp": "_ms", "cls": "", "fcp": "_ms", "ttfb": "_ms"}
FEW = "~"


def vitals(
    app: Annotated[str | None, typer.Option("--app", help="Only this app.")] = None,
    versions: Annotated[str | None, typer.Option("--versions", metavar="A,B", help="Only these versions.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back: 30m, 24h, 7d.")] = "24h",
    every: Annotated[
        str | None, typer.Option("--every", metavar="SPAN", help="As a series: one row per span, such as 1h.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="One row per value of route, device_type, browser_name …"),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--vitals", metavar="A,B", help="Only these of lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms.")
    ] = None,
    output: Format = "table",
    is_safe_csv: SafeCsv = False,
    config: ConfigFile = None,
) -> None:
    """Show p50, p75 and p95 of each vital per version with 95 % intervals, page views, error ratio and KPIs.

    The table has a line per version and metric; json and csv have one flat object per version,
    with ratios from 0 to 1.

    \b
    Examples:
      leadline vitals
      leadline vitals --app shop --versions 1.4.2,1.5.0 --since 1h
      leadline vitals --since 7d --every 1h --format csv > vitals.csv
      leadline vitals --by route
    """
    from leadline.cli.asking.figures import ask_figure
    from leadline.cli.listing import print_rows
    from leadline.storeclient.questions import VITALS

    rows = ask_figure(
        read_running_settings(config), VITALS, app=app, versions=versions, since=since, every=every, by=by, vitals=only
    )
    if output != "table":
        columns = list(dict.fromkeys(name for row in rows for name in row))
        print_rows(
            rows, columns=columns or ["app", "service_version"], as_format=output, if_empty="", is_safe_csv=is_safe_csv
        )
        return
    cut = "starts_at" if every is not None else by
    lines = [line | ({cut: row[cut]} if cut else {}) for row in rows for line in per_metric(row)]
    columns = [*TABLE[:2], cut, *TABLE[2:]] if cut else list(TABLE)
    empty = f"No page views in the last {since}. `leadline snippet` prints the tag for your pages."
    print_rows(lines, columns=columns, as_format=output, if_empty=empty, is_safe_csv=is_safe_csv)
    if any(FEW in str(cell) for line in lines for cell in line.values()):
        print(f"\n{FEW} too few views for a reliable figure. In brackets: the 95 % interval.")
    if any(row.get("source") == "rollups" for row in rows):
        print("\nFrom rollups: a quantile is off by at most 2 %.")


def per_metric(row: dict[str, Any]) -> list[dict[str, Any]]:
    """One line per metric of a version."""
    of = {"app": row["app"], "version": row["service_version"]}
    lines: list[dict[str, Any]] = []
    for name, unit in VITALS.items():
        if f"{name}_n" not in row:
            continue
        mark = "" if row.get(f"{name}_is_enough") else FEW
        figures = {f"p{q}": _interval(row, f"{name}_p{q}", unit) for q in (50, 75, 95)}
        lines.append(
            of | {"metric": name.upper() + unit.replace("_", " "), "n": _n(row.get(f"{name}_n"), mark)} | figures
        )
    mark = "" if row.get("error_is_enough") else FEW
    lines.append(of | {"metric": "views with error", "n": _n(row["page_views"], mark), "share": _share(row, "error")})
    for name in (key.removesuffix("_ratio") for key in row if key.startswith("kpi_") and key.endswith("_ratio")):
        if name.endswith(("_low", "_high")):
            continue
        mark = "" if row.get(f"{name}_is_enough") else FEW
        n = _n(row.get("sessions"), mark)
        lines.append(of | {"metric": name.removeprefix("kpi_"), "n": n, "share": _share(row, name)})
    return lines


def _n(number: int | None, mark: str) -> str:
    return f"{mark}{number or 0:,}"


def _interval(row: dict[str, Any], at: str, unit: str) -> str | None:
    value = row.get(f"{at}{unit}")
    if value is None:
        return None
    places = 0 if unit else 3
    low, high = row.get(f"{at}_low{unit}"), row.get(f"{at}_high{unit}")
    around = "" if low is None or high is None else f" ({low:,.{places}f} to {high:,.{places}f})"
    return f"{value:,.{places}f}{around}"


def _share(row: dict[str, Any], name: str) -> str | None:
    value = row.get(f"{name}_ratio")
    if value is None:
        return None
    low, high = row.get(f"{name}_low_ratio"), row.get(f"{name}_high_ratio")
    around = "" if low is None or high is None else f" ({low * 100:.2f} to {high * 100:.2f} %)"
    return f"{value * 100:.2f} %{around}"
