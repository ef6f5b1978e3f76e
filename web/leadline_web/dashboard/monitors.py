"""Each journey and check with its last runs, failing first, one window at a time: the list on *Now*."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leadline.model import MonitorKind, RunResult, RunStatus
from leadline.records import LastResult, Records

STRIP_RUNS = 50
# Worst first: failed, slow, aborted, never ran, passed.
# The part before the monitors in the scheduler's file.
_HEAD_BYTES = 1_000
_ORDER = {"failed": 0, "aborted": 1, "degraded": 2, "skipped": 3, None: 4, "passed": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A monitor in one cohort and location, whether it has run yet or not."""

    monitor: MonitorKind
    app: str
    name: str
    cohort: str | None
    location: str
    status: RunStatus | None
    last_at: datetime | None
    next_at: str | None

    @property
    def words(self) -> str:
        """The text that the filter searches."""
        parts = (self.app, self.name, self.cohort or "anyone", self.location, self.status or "no run", self.monitor)
        return " ".join(parts).lower()


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The scheduler's status: whether it lives, its monitors with their next run, why a saved file is not in force,
    and why the records can't be written."""

    state: str
    monitors: Sequence[dict[str, Any]]
    last_tick_at: datetime | None
    problem: str | None = None
    unwritten: str | None = None


def read_clockwork(file: Path) -> Clockwork:
    """Never raises: without a file the scheduler is stopped."""
    try:
        said = json.loads(file.read_bytes())
        ticked = datetime.fromisoformat(said["last_tick_at"])
        is_alive = _is_alive(said["pid"])
        problem, unwritten = (said.get("problem"), said.get("unwritten")) if is_alive else (None, None)
        return Clockwork("running" if is_alive else "stopped", said["monitors"], ticked, problem, unwritten)
    except (OSError, ValueError, KeyError, TypeError):
        return Clockwork("stopped", (), None)


def has_refused_records(file: Path) -> bool:
    """Whether the scheduler says that the records can't be written. Reads the file's beginning: it is asked often."""
    try:
        with file.open("rb") as said:
            return b'"unwritten":"' in said.read(_HEAD_BYTES)
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def list_lines(last: Sequence[LastResult], planned: Sequence[dict[str, Any]]) -> list[Line]:
    """Every monitor that is planned or has run, worst first. Without a plan, all that have run."""
    plan = {(one["monitor"], one["app"], one["name"], one["cohort"], one["location"]): one for one in planned}
    ran = {(one.monitor, one.app, one.name, one.cohort, one.location): one for one in last}
    lines = [
        Line(
            monitor=key[0],
            app=key[1],
            name=key[2],
            cohort=key[3],
            location=key[4],
            status=_status_of(ran[key]) if key in ran else None,
            last_at=ran[key].finished_at if key in ran else None,
            next_at=plan[key]["next_run_at"] if key in plan else None,
        )
        for key in (plan or ran)
    ]
    return sorted(lines, key=lambda line: (_ORDER[line.status], line.app, line.name, line.cohort or "", line.location))


def _status_of(last: LastResult) -> RunStatus:
    """A failing monitor stays failed where the newest run was skipped or aborted: that judged nothing."""
    is_judged = last.status not in (RunStatus.SKIPPED, RunStatus.ABORTED)
    return RunStatus.FAILED if last.has_failed and not is_judged else last.status


def matching(lines: Sequence[Line], query: str) -> list[Line]:
    """The lines that contain every word of `query`."""
    words = query.lower().split()
    return [line for line in lines if all(word in line.words for word in words)]


def draw_lines(records: Records, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The lines with their strips, as the front end reads them."""
    runs: dict[tuple[str, str], list[RunResult]] = {}
    for key in {(line.app, line.name) for line in lines}:
        cohorts = sum((line.app, line.name) == key for line in lines)
        runs[key] = records.runs(app=key[0], name=key[1], limit=STRIP_RUNS * max(1, cohorts))
    return [_draw(line, runs[line.app, line.name]) for line in lines]


def _draw(line: Line, runs: Sequence[RunResult]) -> dict[str, Any]:
    mine = [
        run
        for run in runs
        if (run.monitor, run.cohort, run.location, run.source) == (line.monitor, line.cohort, line.location, "probe")
    ][:STRIP_RUNS]
    timed = sorted(run.duration_ms for run in mine if run.status in {RunStatus.PASSED, RunStatus.DEGRADED})
    return {
        "monitor": line.monitor,
        "app": line.app,
        "name": line.name,
        "cohort": line.cohort,
        "location": line.location,
        "status": line.status,
        "last_at": line.last_at,
        "next_at": line.next_at,
        "p75_ms": timed[min(len(timed) - 1, int(len(timed) * 0.75))] if timed else None,
        "fastest_ms": timed[0] if timed else None,
        "slowest_ms": timed[-1] if timed else None,
        "runs": [draw_run(run) for run in reversed(mine)],
    }


# Files that a browser can show itself, besides screenshot and trace.
_READABLE = ("video", "console", "requests", "pages", "log")


def draw_run(run: RunResult) -> dict[str, Any]:
    """One run as a glyph, with its tooltip."""
    return {
        "run_id": run.run_id,
        "status": run.status,
        "started_at": run.started_at,
        "duration_ms": run.duration_ms,
        "step": run.failed_step,
        "error_message": (run.error_message or "")[:500] or None,
        "service_version": run.service_version,
        "cohort": run.cohort,
        "location": run.location,
        "screenshot": _address(run, "screenshot"),
        "files": [{"kind": kind, "url": url} for kind in _READABLE if (url := _address(run, kind))],
        "trace": f"trace/index.html?trace=../{trace}" if (trace := _address(run, "trace")) else None,
    }


def _address(run: RunResult, kind: str) -> str | None:
    name = next((one.path.rpartition("/")[2] for one in run.evidence if one.kind == kind), None)
    return f"v1/runs/{run.run_id}/evidence/{name}" if name else None
