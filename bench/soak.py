"""The long figures: kills of the collector, its memory over millions of beacons, fuzzing. Into a dated report.

In full 1,000 kills and then ten million beacons, and beside them an hour of fuzzing in a process of its own, on two
cores. `LEADLINE_SOAK_MINUTES` limits the whole, and `python bench/soak.py kills` runs one part alone (`kills`,
`beacons`, `fuzzing`). The report names the commit and how far each part came, so that a short run is not taken for a
full one.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from leadline.clock import monotonic_s, now

BENCH = Path(__file__).parent
sys.path.insert(0, str(BENCH / "collector"))
from fuzzing import Fuzzed, fuzz  # noqa: E402  # bench/ is no package
from killing import kill_often  # noqa: E402
from loading import Load, missing_tools  # noqa: E402
from serving import Server  # noqa: E402

REPORTS = BENCH / "reports"
# The goals of the collector: nothing lost in a thousand kills, ten million beacons, an hour of fuzzing.
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


def main(asked: Sequence[str]) -> int:
    """0 where everything that was run held; 1 otherwise; 2 for an unknown part."""
    if unknown := set(asked) - {*RUNS, "fuzzing"}:
        print(f"no part {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}, fuzzing", file=sys.stderr)
        return 2
    names = asked or [*RUNS, "fuzzing"]
    report = _Report(Console(), now())
    whole_s = MINUTES * 60 if MINUTES is not None else None
    one_by_one = [name for name in RUNS if name in names]
    with (
        # Spawned, not forked: the progress bar's thread must not be copied.
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as beside,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=report.console,
        ) as progress,
    ):
        fuzz_s = FUZZ_MINUTES * 60 if whole_s is None else whole_s
        fuzzing = beside.submit(_fuzz_for, fuzz_s) if "fuzzing" in names else None
        for name in one_by_one:
            report.add(_run_part(progress, name, whole_s and whole_s / len(one_by_one)))
        if fuzzing is not None:
            progress.add_task("fuzzing, until its time is over", total=None)
            report.add(_guarded("fuzzing", f"{FUZZ_MINUTES:g} minutes", lambda: _tell_fuzzing(*fuzzing.result())))
    report.console.print(report.text(), markup=False, highlight=False)
    report.console.print(f"written to {report.file.relative_to(BENCH.parent)}")
    return 0 if all(part.holds is not False for part in report.parts) else 1


IsOver = Callable[[], bool]
Advance = Callable[..., None]


def _run_part(progress: Progress, name: str, most_s: float | None) -> Part:
    total, run = RUNS[name]
    task, begun_s = progress.add_task(name, total=total), monotonic_s()
    part = _guarded(
        name,
        f"{total:,}",
        lambda: run(
            lambda: most_s is not None and monotonic_s() - begun_s > most_s,
            lambda by=1: progress.advance(task, by),
        ),
    )
    part.took_s = monotonic_s() - begun_s
    return part


def _guarded(name: str, asked: str, run: Callable[[], Part]) -> Part:
    """A part that raises did not hold; the figures of the others are kept."""
    try:
        return run()
    except Exception as error:
        return Part(name, asked, "broke", f"{type(error).__name__}: {error}", False)


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


def _fuzz_for(seconds: float) -> tuple[Fuzzed, float]:
    """What was found, and the seconds it really took. Runs in a process of its own."""
    begun_s = monotonic_s()
    told = fuzz(is_over=lambda: monotonic_s() - begun_s > seconds, advance=lambda _: None)
    return told, monotonic_s() - begun_s


def _tell_fuzzing(told: Fuzzed, took_s: float) -> Part:
    reached = ", ".join(
        f"{name} {told.inputs[name]:,} ({told.lines[name]} lines, at most {told.slowest_ms[name]:.0f} ms)"
        for name in told.inputs
    )
    found = "; ".join(f"{what}: {why}" for what, why in told.broken.items()) or "nothing broke"
    found += f"; the process grew by {told.grown_bytes / 1e6:.1f} MB"
    return Part(
        "fuzzing",
        f"{FUZZ_MINUTES:g} minutes",
        f"{took_s / 60:.1f} minutes: {reached}",
        found,
        told.holds and told.grown_bytes <= GOAL_GROWTH_BYTES,
        took_s,
    )


RUNS: dict[str, tuple[int, Callable[[IsOver, Advance], Part]]] = {
    "kills": (KILLS, _kills),
    "beacons": (BEACONS, _memory),
}


@dataclass
class _Report:
    """Written anew after each part, so that a machine that is switched off takes the last one only."""

    console: Console
    begun_at: datetime
    parts: list[Part] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return REPORTS / f"{self.begun_at:%Y-%m-%d-%H%M}-collector-soak.md"

    def add(self, part: Part) -> None:
        self.parts.append(part)
        REPORTS.mkdir(exist_ok=True)
        self.file.write_text(self.text())

    def text(self) -> str:
        took = (now() - self.begun_at).total_seconds() / 60
        kind = (
            "As long as asked for"
            if MINUTES is None
            else f"Short run: LEADLINE_SOAK_MINUTES={MINUTES:g}, so less than is asked for"
        )
        lines = [
            f"# Soak of the collector, {self.begun_at:%Y-%m-%d %H:%M} UTC",
            "",
            f"{kind}. Of commit {_commit()}. Took {took:.1f} minutes on {os.cpu_count()} cores, load average "
            f"{os.getloadavg()[0]:.1f} at the end, "
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}.",
            "",
            "| part | asked for | run | found | held |",
            "|---|---|---|---|---|",
        ]
        held = {True: "yes", False: "**no**", None: "not run"}
        lines += [
            f"| {part.name} | {part.asked} | {part.reached} in {part.took_s:.0f} s | {part.found} "
            f"| {held[part.holds]} |"
            for part in self.parts
        ]
        return "\n".join(lines) + "\n"


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=BENCH, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
