"""Summary of several runs of one journey: how many passed, and the spread of their times. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from leadline.model import RunResult, RunStatus
from leadline.plain_text import as_one_line, shortened


def describe_spread(results: Sequence[RunResult]) -> Iterator[str]:
    """A block for each journey: outcomes, its time, and each step's time. Empty for a journey that ran once."""
    for name in dict.fromkeys(result.name for result in results):
        own = [result for result in results if result.name == name]
        if len(own) < 2:
            continue
        outcomes = Counter(result.status for result in own)
        counted = ", ".join(f"{outcomes[status]} {status}" for status in RunStatus if outcomes[status])
        yield f"{as_one_line(name)}: {len(own)} runs, {counted}"
        ended = [result for result in own if result.status in (RunStatus.PASSED, RunStatus.DEGRADED)]
        yield _line("in all", [result.duration_ms for result in ended])
        steps = dict.fromkeys(step.step for result in ended for step in result.steps)
        for step in steps:
            times = [one.duration_ms for result in ended for one in result.steps if one.step == step]
            yield _line(shortened(as_one_line(step), to=30), times)
        for message in dict.fromkeys(result.error_message for result in own if result.error_message):
            count = sum(result.error_message == message for result in own)
            yield f"  {count} ×  {shortened(as_one_line(message), to=160)}"


def _line(name: str, times_ms: Sequence[float]) -> str:
    """Least, median, most, and the standard deviation, of completed runs."""
    if not times_ms:
        return f"  {name:<30} no run completed"
    spread = f"  ± {statistics.stdev(times_ms):,.0f}" if len(times_ms) > 1 else ""
    least, median, most = min(times_ms), statistics.median(times_ms), max(times_ms)
    return f"  {name:<30} {least:>8,.0f} {median:>8,.0f} {most:>8,.0f} ms  (least, median, most){spread}"
