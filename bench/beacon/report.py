"""One run as tables: printed in columns, or written as a dated page of Markdown."""

from __future__ import annotations

from dataclasses import astuple
from datetime import datetime
from pathlib import Path

from ends import ENDS
from figures import Figure, Measured, judge

from leadline.clock import now

REPORTS = Path(__file__).parents[1] / "reports"
Rows = list[list[str]]


def tables(measured: Measured) -> list[tuple[str, Rows]]:
    """Each with its title; the first row of each is its head."""
    figures = list(judge(measured))
    return [
        ("The figures, beside a reference of the same run", _figures(figures)),
        ("Sizes in bytes: esbuild for the peers, gzip -9, brotli 11", _sizes(measured)),
        ("Main-thread CPU of scripts and their compilation, and heap, over the bare page", _costs(measured)),
        ("A visit of eight steps; preflights where the collector has another origin", _visits(measured)),
        ("Pages of which data arrived: anything / the LCP / the purchase 1.3 s before the end", _ends(measured)),
    ]


def print_tables(measured: Measured) -> None:
    for title, rows in tables(measured):
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        print(f"\n{title}")
        for row in rows:
            cells = [
                cell.ljust(widths[0]) if number == 0 else cell.rjust(widths[number]) for number, cell in enumerate(row)
            ]
            print("  ".join(cells).rstrip())


def write_report(measured: Measured, *, about: str) -> Path:
    """A page for the record, named by its day; a later run of the same day replaces it."""
    at: datetime = now()
    parts = [f"# The beacon beside its peers, {at:%Y-%m-%d %H:%M} UTC\n\n{about}\n"]
    for title, rows in tables(measured):
        head, *rest = rows
        lines = [head, ["---", *["--:"] * (len(head) - 1)], *rest]
        parts.append(f"## {title}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n")
    REPORTS.mkdir(exist_ok=True)
    path = REPORTS / f"{at:%Y-%m-%d}-beacon.md"
    path.write_text("\n".join(parts))
    return path


def _figures(figures: list[Figure]) -> Rows:
    head = ["figure", "measured", "must", "stretch", "", "reference", "there", "ratio"]
    return [
        head,
        *(
            [
                each.name,
                _number(each.value, each.unit),
                each.bound(each.must),
                each.bound(each.stretch),
                each.verdict(),
                each.reference,
                _number(each.beside, each.unit),
                each.ratio(),
            ]
            for each in figures
        ),
    ]


def _number(value: float, unit: str) -> str:
    text = f"{value:,.1f}" if unit in ("ms", "KB") else f"{value:,.0f}"
    return f"{text} {unit}".rstrip()


def _sizes(measured: Measured) -> Rows:
    core = measured.sizes["b.js"]["brotli"]
    rows = [
        [name, *(f"{size[kind]:,}" for kind in ("raw", "gzip", "brotli")), f"{core / size['brotli']:.2f}"]
        for name, size in measured.sizes.items()
    ]
    return [["script", "raw", "gzip", "brotli", "b.js over it"], *rows]


def _costs(measured: Measured) -> Rows:
    ours = measured.costs["leadline"]
    rows = [
        [
            name,
            f"{cost.cpu_ms:.1f} ms",
            f"{cost.heap_bytes / 1000:,.0f} KB",
            f"{ours.cpu_ms / cost.cpu_ms:.2f}",
            f"{ours.heap_bytes / cost.heap_bytes:.2f}",
        ]
        for name, cost in measured.costs.items()
    ]
    return [["script", "CPU", "heap", "b.js over it, CPU", "heap"], *rows]


def _visits(measured: Measured) -> Rows:
    ours = measured.visits["leadline"]
    rows = [
        [
            name,
            f"{visit.body_bytes:,}",
            f"{visit.whole_bytes:,}",
            str(visit.requests),
            str(visit.preflights),
            f"{ours.body_bytes / visit.body_bytes:.2f}" if visit.body_bytes else "none",
        ]
        for name, visit in measured.visits.items()
    ]
    return [["script", "bodies", "with HTTP/1.1 headers", "requests", "preflights", "b.js over it, bodies"], *rows]


def _ends(measured: Measured) -> Rows:
    rows = [
        [name, *(" / ".join(map(str, astuple(told[end])[1:])) + f" of {told[end].times}" for end in ENDS)]
        for name, told in measured.ends.items()
    ]
    return [["script", *ENDS], *rows]
