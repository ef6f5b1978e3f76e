"""The long figures: kills of the collector, its memory over millions of beacons, fuzzing. Into a dated report.

In full 1,000 kills, ten million beacons and an hour of fuzzing, which take hours. `LEADLINE_SOAK_MINUTES` gives all of
it so many minutes, a third each; the report says how far each part came, and short is never told as full.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from leadline.clock import monotonic_s, now

BENCH = Path(__file__).parent
sys.path.insert(0, str(BENCH / "collector"))
from fuzzing import fuzz  # noqa: E402  # bench/ is no package
from killing import kill_often  # noqa: E402
from loading import Load, missing_tools  # noqa: E402
from serving import Server  # noqa: E402

REPORTS = BENCH / "reports"
# Issue "The collector", Figures and Bad input.
KILLS = int(os.environ.get("LEADLINE_SOAK_KILLS", "1000"))
BEACONS = int(os.environ.get("LEADLINE_SOAK_BEACONS", "10000000"))
FUZZ_MINUTES = 60.0
MINUTES = float(os.environ["LEADLINE_SOAK_MINUTES"]) if "LEADLINE_SOAK_MINUTES" in os.environ else None
# Ten million beacons are 140 log files; what SQLite maps of an open one is 2 to 3 MB.
GOAL_GROWTH_BYTES = 16_000_000
WARM_UP_BEACONS = 50_000


@dataclass
class Part:
    """One part's outcome: `asked` in full, `reached` now, and whether what it claims held as far as it went."""

    name: str
    asked: str
    reached: str
    found: str
    holds: bool | None
    took_s: float = 0.0


def main() -> int:
    """0 where everything that was run held; 1 otherwise."""
    console = Console()
    parts = []
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        for title, total, run in (
            ("kills", KILLS, _kills),
            ("beacons", BEACONS, _memory),
            ("fuzzed inputs", None, _fuzzing),
        ):
            task = progress.add_task(title, total=total)
            begun_s = monotonic_s()
            part = run(_until(begun_s), lambda by=1, task=task: progress.advance(task, by))
            part.took_s = monotonic_s() - begun_s
            parts.append(part)
    at = now()
    REPORTS.mkdir(exist_ok=True)
    report = REPORTS / f"{at:%Y-%m-%d-%H%M}-collector-soak.md"
    report.write_text(_write(parts, at))
    console.print(report.read_text(), markup=False, highlight=False)
    console.print(f"written to {report.relative_to(BENCH.parent)}")
    return 0 if all(part.holds is not False for part in parts) else 1


IsOver = Callable[[], bool]
Advance = Callable[..., None]


def _until(begun_s: float) -> IsOver:
    return lambda: MINUTES is not None and monotonic_s() - begun_s > MINUTES * 60 / 3


def _kills(is_over: IsOver, advance: Advance) -> Part:
    with tempfile.TemporaryDirectory() as folder:
        told = kill_often(Path(folder), kills=KILLS, is_over=is_over, advance=advance)
    found = (
        f"{told.acknowledged:,} beacons acknowledged, {told.stored:,} in the store, {told.lost} lost, "
        f"{told.doubled} doubled"
    )
    return Part("kill -9 under load", f"{KILLS:,} kills", f"{told.kills:,} kills", found, told.holds)


def _memory(is_over: IsOver, advance: Advance) -> Part:
    asked = f"{BEACONS:,} beacons"
    if missing := missing_tools():
        return Part("memory", asked, "not run", missing, None)
    samples: list[int] = []
    sent = 0
    with tempfile.TemporaryDirectory() as folder:
        load, server = Load(Path(folder)), Server("collector", Path(folder) / "collector")
        try:
            while sent < BEACONS and not (samples and is_over()):
                told = load.run(server.port, connections=128, seconds=2)
                sent += told.requests
                advance(told.requests)
                if sent >= WARM_UP_BEACONS:
                    samples.append(server.rss_bytes())
        finally:
            server.end()
    grown = samples[-1] - samples[0]
    found = (
        f"{samples[0] / 1e6:.1f} MB after {WARM_UP_BEACONS:,}, {samples[-1] / 1e6:.1f} MB at the end, at most "
        f"{max(samples) / 1e6:.1f}"
    )
    return Part("memory", asked, f"{sent:,} beacons", found, grown <= GOAL_GROWTH_BYTES)


def _fuzzing(is_over: IsOver, advance: Advance) -> Part:
    begun_s = monotonic_s()
    told = fuzz(
        is_over=lambda: is_over() if MINUTES is not None else monotonic_s() - begun_s > FUZZ_MINUTES * 60,
        advance=advance,
    )
    reached = ", ".join(f"{name} {told.inputs[name]:,} ({told.lines[name]} lines)" for name in told.inputs)
    found = "; ".join(f"{what}: {why}" for what, why in told.broken.items()) or "nothing broke"
    minutes = (monotonic_s() - begun_s) / 60
    return Part("fuzzing", f"{FUZZ_MINUTES:g} minutes", f"{minutes:.1f} minutes: {reached}", found, told.holds)


def _write(parts: list[Part], at: datetime) -> str:
    took = sum(part.took_s for part in parts) / 60
    kind = "Full run" if MINUTES is None else f"Short run: LEADLINE_SOAK_MINUTES={MINUTES:g}, so less than is asked for"
    lines = [
        f"# Soak of the collector, {at:%Y-%m-%d %H:%M} UTC",
        "",
        f"{kind}. Took {took:.1f} minutes on {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}.",
        "",
        "| part | asked for | run | found | held |",
        "|---|---|---|---|---|",
    ]
    held = {True: "yes", False: "**no**", None: "not run"}
    lines += [
        f"| {part.name} | {part.asked} | {part.reached} in {part.took_s:.0f} s | {part.found} | {held[part.holds]} |"
        for part in parts
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
