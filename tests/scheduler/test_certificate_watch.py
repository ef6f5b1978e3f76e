"""A certificate that ends soon is a warning of its check, and no failure of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leadline.incidents import NOBODY
from leadline.model import IncidentState, RunFinding, RunResult, RunStatus
from leadline.records import Records
from leadline_scheduler.certificate_watch import CertificateWatch
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.records_thread import RecordsThread

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SOON = RunFinding(
    kind="certificate_expires", subject="shop.example", message="the certificate of shop.example expires in 9 days"
)


def a_result(status: RunStatus = RunStatus.PASSED, *, findings: tuple[RunFinding, ...] = ()) -> RunResult:
    return RunResult(
        run_id="R",
        monitor="check",
        name="api",
        app="shop",
        status=status,
        started_at=NOW,
        finished_at=NOW,
        duration_ms=1.0,
        findings=findings,
    )


@pytest.fixture
def records(tmp_path):
    opened = Records.open(tmp_path / "records.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def thread():
    one = RecordsThread()
    yield one
    one.close()


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
def watch(records, thread, woken) -> CertificateWatch:
    return CertificateWatch(
        IncidentDesk(records=records, thread=thread, routing=NOBODY, on_transition=lambda: woken.append(True)),
        wall=lambda: NOW,
    )


async def test_it_opens_one_warning_and_ends_it_when_the_certificate_was_renewed(watch, records, woken):
    for _ in range(3):
        await watch.note(a_result(findings=(SOON,)))
    [incident] = records.incidents()
    assert (incident.subject.name, incident.severity, incident.state) == ("api", "warning", IncidentState.OPEN)
    assert incident.findings[0].error_message == "the certificate of shop.example expires in 9 days"
    assert "certificate" in incident.title
    await watch.note(a_result())
    assert records.incidents()[0].state is IncidentState.RESOLVED
    assert len(woken) == 2


async def test_a_run_that_saw_no_certificate_ends_nothing(watch, records):
    await watch.note(a_result(findings=(SOON,)))
    for status in (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.SKIPPED):
        await watch.note(a_result(status))
    assert records.incidents()[0].state is IncidentState.OPEN


async def test_cohorts_have_certificates_of_their_own(watch, records):
    await watch.note(replace(a_result(findings=(SOON,)), cohort="baseline"))
    await watch.note(replace(a_result(), cohort="canary"))
    assert records.incidents()[0].state is IncidentState.OPEN


async def test_what_an_earlier_scheduler_opened_is_ended_by_the_next(watch, records, thread):
    await watch.note(a_result(findings=(SOON,)))
    after = CertificateWatch(
        IncidentDesk(records=records, thread=thread, routing=NOBODY, on_transition=lambda: None), wall=lambda: NOW
    )
    await after.note(a_result())
    assert records.incidents()[0].state is IncidentState.RESOLVED
