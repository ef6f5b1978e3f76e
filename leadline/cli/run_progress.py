"""The output for a single run: each step as it happens, then the result with its evidence."""

from __future__ import annotations

import sys
from pathlib import Path

from leadline.model import RunResult, RunStatus, StepResult, StepStatus
from leadline.model.worker_messages import StepFinished, StepStarted
from leadline.plain_text import as_one_line, shortened

_MARKS = {
    StepStatus.PASSED: "✓",
    StepStatus.DEGRADED: "◐",
    StepStatus.FAILED: "✗",
    StepStatus.ABORTED: "○",
}
_HEADLINES = {
    RunStatus.PASSED: "PASSED",
    RunStatus.DEGRADED: "DEGRADED (everything worked, slower than its budget; this pages nobody)",
    RunStatus.FAILED: "FAILED",
    RunStatus.ABORTED: "ABORTED (an error inside Leadline, not on the site; nobody would be paged about the site)",
    RunStatus.SKIPPED: "SKIPPED",
}


class Progress:
    """Prints a step when it ends, and on a terminal also while it runs."""

    def __init__(self) -> None:
        self._is_live = sys.stdout.isatty()

    def on_step(self, said: StepStarted | StepFinished) -> None:
        """Called by the worker pool, in order."""
        if isinstance(said, StepStarted):
            if self._is_live:
                self._write(f"\r  … {as_one_line(said.step)}")
        else:
            self._write(f"{self._clear()}  {describe_step(said.step)}\n")

    def say(self, line: str) -> None:
        """One line, at once."""
        self._write(f"{line}\n")

    def note(self, line: str) -> None:
        """A note for a waiting person, on standard error."""
        print(f"  {line}", file=sys.stderr, flush=True)

    def end(self, result: RunResult, evidence_folder: Path) -> None:
        """Prints the result, the reason, and the paths of the evidence."""
        self._write(self._clear())
        for line in (*describe_result(result), *_describe_files(result, evidence_folder)):
            self._write(line + "\n")

    def _clear(self) -> str:
        return "\r\x1b[2K" if self._is_live else ""

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def describe_step(step: StepResult) -> str:
    """`✓ pay  1,830 ms of 2,000 ms  1.5.0`, and the error."""
    budget = "" if step.budget_ms is None else f" of {step.budget_ms:,.0f} ms"
    version = "" if step.service_version is None else f"  {as_one_line(step.service_version)}"
    error = "" if step.error_message is None else f"  {shortened(as_one_line(step.error_message), to=200)}"
    name = shortened(as_one_line(step.step), to=60)
    return f"{_MARKS[step.status]} {name:<16} {step.duration_ms:>7,.0f} ms{budget}{version}{error}"


def describe_result(result: RunResult) -> list[str]:
    """The lines under the steps: result, reason, and business figures."""
    lines = [f"{_HEADLINES[result.status]} in {result.duration_ms / 1000:.1f} s"]
    if result.cause is not None and result.status is not RunStatus.PASSED:
        where = "" if result.failed_step is None else f" in step {as_one_line(result.failed_step)}"
        lines.append(f"  {result.cause.value.replace('_', ' ')}{where}")
    if result.error_message:
        lines.append(f"  {shortened(as_one_line(result.error_message), to=500)}")
    for kpi in result.kpis:
        bounds = "" if kpi.is_within_bounds else "  out of bounds"
        lines.append(f"  KPI {as_one_line(kpi.name)} = {kpi.value:g}{bounds}")
    return lines


def _describe_files(result: RunResult, evidence_folder: Path) -> list[str]:
    lines = [f"  {evidence.kind:<10} {evidence_folder / evidence.path}" for evidence in result.evidence]
    if any(evidence.kind == "trace" for evidence in result.evidence):
        lines.append("  open the trace with: playwright show-trace FILE, or at https://trace.playwright.dev")
    return lines
