"""Runs and incidents of which a test shows only what matters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.model import (
    Cause,
    Evidence,
    Finding,
    Incident,
    IncidentState,
    RunResult,
    RunStatus,
    StepResult,
    StepStatus,
    Subject,
)

NOON = datetime(2026, 11, 24, 14, 2, 5, tzinfo=UTC)


def _run(run_id: str, status: RunStatus, **fields: Any) -> RunResult:
    has_failed = status is RunStatus.FAILED
    started_at = fields.pop("started_at", NOON)
    told: dict[str, Any] = {
        "run_id": run_id,
        "monitor": "journey",
        "name": "checkout",
        "app": "shop",
        "status": status,
        "started_at": started_at,
        "finished_at": started_at + timedelta(seconds=3),
        "duration_ms": 3000.0,
        "cohort": "canary",
        "cause": Cause.ASSERTION if has_failed else None,
        "failed_step": "pay" if has_failed else None,
        "error_message": 'expected "Thank you" to be visible' if has_failed else None,
        "steps": (
            StepResult(
                step="pay",
                status=StepStatus.FAILED if has_failed else StepStatus.PASSED,
                started_at=started_at,
                duration_ms=900.0,
                service_version="1.5.0",
            ),
        ),
        "evidence": (
            (Evidence(kind="screenshot", path=f"2026-11-24/{run_id}/screenshot.png", size_bytes=9),)
            if has_failed
            else ()
        ),
    }
    return RunResult(**{**told, **fields})


def _failing(**fields: Any) -> Finding:
    told: dict[str, Any] = {
        "cohort": "canary",
        "location": "local",
        "run_id": "01JA",
        "since": NOON,
        "cause": Cause.ASSERTION,
        "step": "pay",
        "service_version": "1.5.0",
        "error_message": 'expected "Thank you" to be visible\nwaited 2000 ms',
        "confirmed_by": ("01JB",),
        "evidence": (
            Evidence(kind="screenshot", path="2026-11-24/01JB/screenshot.png", size_bytes=9),
            Evidence(kind="trace", path="2026-11-24/01JB/trace.zip", size_bytes=9),
        ),
    }
    return Finding(**{**told, **fields})


def _incident(**fields: Any) -> Incident:
    subject: dict[str, Any] = {"kind": "journey", "name": "checkout", "app": "shop", "environment": "production"}
    subject |= {name: fields.pop(name) for name in ("name", "app", "environment") if name in fields}
    subject |= {"kind": fields.pop("monitor")} if "monitor" in fields else {}
    told: dict[str, Any] = {
        "incident_id": "01JINCIDENT",
        "subject": Subject(**subject),
        "title": "",
        "state": IncidentState.OPEN,
        "severity": "critical",
        "since": NOON,
        "opened_at": NOON + timedelta(seconds=9),
        "service_version": "1.5.0",
        "findings": (_failing(),),
    }
    return Incident(**{**told, **fields})


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def run() -> Callable[..., RunResult]:
    return _run


@pytest.fixture
def failing() -> Callable[..., Finding]:
    return _failing


@pytest.fixture
def incident() -> Callable[..., Incident]:
    return _incident
