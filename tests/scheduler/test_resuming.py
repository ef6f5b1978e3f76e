"""After a restart nothing runs needlessly, and nothing that was owed is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from leadline.model import RunResult, RunStatus
from leadline.records import LastResult
from leadline_scheduler.resumption import Resumption, index_by_monitor, resume_monitor

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSED = LastResult(
    monitor="journey",
    name="checkout",
    app="shop",
    environment="production",
    cohort="canary",
    location="local",
    run_id="r1",
    status=RunStatus.PASSED,
    started_at=NOON - timedelta(seconds=5),
    finished_at=NOON,
    scheduled_at=NOON - timedelta(seconds=5),
    needs_confirmation=False,
)
CUT_OFF = RunResult(
    run_id="r2",
    monitor="journey",
    name="checkout",
    app="shop",
    cohort="canary",
    status=RunStatus.ABORTED,
    started_at=NOON + timedelta(minutes=1),
    finished_at=NOON + timedelta(hours=8),
    duration_ms=0,
)


def test_what_never_ran_runs_at_once() -> None:
    assert resume_monitor(before=None, cut_off=None, after=None) == Resumption(
        accounted=None, is_at_once=True, confirms_run_id=None
    )


def test_what_has_a_result_waits_for_its_slot() -> None:
    assert resume_monitor(before=PASSED, cut_off=None, after=PASSED) == Resumption(
        accounted=NOON, is_at_once=False, confirms_run_id=None
    )


def test_a_failed_unconfirmed_run_is_confirmed_at_once() -> None:
    failed = replace(PASSED, status=RunStatus.FAILED, needs_confirmation=True, unconfirmed_run_id="r1")
    resumption = resume_monitor(before=failed, cut_off=None, after=failed)
    assert (resumption.is_at_once, resumption.confirms_run_id) == (True, "r1")


def test_a_cut_off_run_runs_again_at_once_and_the_gap_counts_from_its_beginning() -> None:
    after = replace(PASSED, run_id="r2", status=RunStatus.ABORTED, finished_at=CUT_OFF.finished_at)
    resumption = resume_monitor(before=PASSED, cut_off=CUT_OFF, after=after)
    assert (resumption.is_at_once, resumption.accounted) == (True, CUT_OFF.started_at)


def test_results_of_another_environment_are_another_monitors() -> None:
    staging = replace(PASSED, environment="staging", run_id="r9")
    key = "journey:shop/checkout@canary@local"
    assert index_by_monitor([PASSED, staging])[key, "production"].run_id == "r1"
