"""Records of an earlier form: what was open stays open, what was owed stays owed, what was sent stays sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import leadline.records
from leadline.incidents import Routing
from leadline.model import IncidentState, NotificationState, RunResult, RunStatus, TransitionKind
from leadline.records import Records

MIGRATIONS = Path(leadline.records.__file__).parent / "migrations"
AT = "2026-11-24 14:02:05.000000"
NOON = datetime(2026, 11, 24, 14, 3, tzinfo=UTC)
FAILING = '[{"cohort":"canary","location":"local","run_id":"r1","since":"2026-11-24T14:02:05Z","cause":"assertion"}]'
FIRST_FORM = f"""
INSERT INTO incidents
    (incident_id, app, environment, monitor, name, title, state, severity, since, opened_at, failing, healed)
VALUES ('i1', 'shop', 'production', 'journey', 'checkout', 'shop checkout fails',
    'open', 'critical', '{AT}', '{AT}', '{FAILING}', '[]');
INSERT INTO transitions (transition_id, incident_id, kind, at, run_id, title)
VALUES ('t1', 'i1', 'open', '{AT}', 'r1', 'shop checkout fails');
INSERT INTO notifications
    (notification_id, incident_id, transition, target, state, attempts, created_at, accepted_at, is_maybe_duplicate)
VALUES ('n1', 'i1', 'open', 'oncall', 'accepted', 1, '{AT}', '{AT}', 0),
    ('n2', 'i1', 'open', 'chat', 'failing', 3, '{AT}', NULL, 1);
INSERT INTO receipts (notification_id, attempt, at, is_accepted, duration_ms, reason)
VALUES ('n1', 1, '{AT}', 1, 20.0, ''), ('n2', 3, '{AT}', 0, 5.0, 'error=500');
"""  # fmt: skip


@pytest.fixture
def first_form(tmp_path: Path) -> Path:
    path = tmp_path / "records.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    raw = sqlite3.connect(path)
    raw.executescript(FIRST_FORM)
    raw.close()
    return path


@pytest.fixture
def upgraded(first_form: Path) -> Iterator[Records]:
    records = Records.open(first_form)
    yield records
    records.close()


def passed(at: datetime) -> RunResult:
    return RunResult(
        run_id="r2",
        monitor="journey",
        name="checkout",
        app="shop",
        status=RunStatus.PASSED,
        started_at=at,
        finished_at=at,
        duration_ms=1.0,
        cohort="canary",
    )


def test_an_open_incident_is_open_and_knows_its_subject_and_its_findings(upgraded: Records) -> None:
    [incident] = upgraded.incidents()
    assert (incident.state, incident.kind) == (IncidentState.OPEN, "failure")
    assert (incident.subject.kind, incident.subject.name, incident.subject.app) == ("journey", "checkout", "shop")
    assert [(one.cohort, one.run_id, one.cause) for one in incident.findings] == [("canary", "r1", "assertion")]


def test_the_ledger_keeps_its_rows_and_their_receipts(upgraded: Records) -> None:
    rows = {row.target: row for row in upgraded.notifications()}
    assert (rows["oncall"].state, rows["oncall"].level) == (NotificationState.ACCEPTED, "first")
    assert rows["oncall"].idempotency_key == "i1/open/oncall"
    assert (rows["chat"].attempts, rows["chat"].is_maybe_duplicate) == (3, True)
    assert [one.reason for one in upgraded.receipts("n2")] == ["error=500"]
    assert [one.is_accepted for one in upgraded.receipts("n1")] == [True]


def test_what_was_owed_is_sent_and_the_incident_ends_by_the_next_run_that_passes(upgraded: Records) -> None:
    claim: Callable[[datetime], list[str]] = lambda now: [  # noqa: E731
        one.notification.notification_id for one in upgraded.claim_due(owner="one", now=now, lease_s=10, limit=10)
    ]
    assert claim(NOON) == ["n2"]
    ended = upgraded.commit_result(
        passed(NOON), confirm=2, severity="critical", routing=Routing(targets=("other",)), now=NOON
    )
    assert ended.transition is TransitionKind.RESOLVE
    resolves = {row.target for row in upgraded.notifications() if row.transition is TransitionKind.RESOLVE}
    assert resolves == {"oncall", "chat"}
    assert len(claim(NOON + timedelta(minutes=1))) == 2
