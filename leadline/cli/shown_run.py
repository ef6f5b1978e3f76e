"""A finished run as text: what it was, its steps, its result, and each file that was kept."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.cli.asking.runs import ShownRun
from leadline.cli.run_progress import describe_result, describe_step
from leadline.plain_text import as_one_line


def describe_shown(shown: ShownRun) -> Iterator[str]:
    """The lines, top to bottom."""
    run = shown.result
    version = f"  {as_one_line(run.service_version)}" if run.service_version else ""
    cohort = f" as {as_one_line(run.cohort)}" if run.cohort else ""
    yield f"{run.monitor} {as_one_line(run.name)} of {as_one_line(run.app)}{cohort}{version}"
    yield f"run {run.run_id}, {run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    for step in run.steps:
        yield f"  {describe_step(step)}"
    yield from describe_result(run)
    for file in shown.files:
        removed = "" if file.is_there else "  (removed for its age or size)"
        yield f"  {file.kind:<10} {file.path}{removed}"
    if shown.trace is not None and shown.trace.is_there:
        yield f"  open the trace with: leadline run show {run.run_id} --open"
    elif not shown.files:
        yield "  no files were kept: a check has none, a journey only if it failed"
