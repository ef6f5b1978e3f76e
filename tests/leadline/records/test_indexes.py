"""Lists and claims stay quick with a million rows: no query that is asked often reads a whole table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

Told = Any
GROWING = ("runs", "steps", "kpis", "evidence", "incidents", "transitions", "notifications", "receipts", "changes")


@pytest.mark.parametrize(
    "question",
    [
        "runs",
        "runs_of_a_journey",
        "runs_of_an_app",
        "run",
        "incidents",
        "transitions",
        "notifications",
        "notifications_of_an_incident",
        "claim_due",
        "next_due_at",
        "oldest_unsent_at",
        "changes_after",
        "commit_result",
        "acknowledge",
        "delete_runs_before",
    ],
)
def test_no_question_reads_a_whole_table(told: Told, question: str) -> None:
    told.commit("failed", run_id="a")
    records, incident_id = told.records, told.records.incidents()[0].incident_id
    asked = {
        "runs": lambda: records.runs(),
        "runs_of_a_journey": lambda: records.runs(app="shop", name="checkout"),
        "runs_of_an_app": lambda: records.runs(app="shop"),
        "run": lambda: records.run("a"),
        "incidents": lambda: records.incidents(),
        "transitions": lambda: records.transitions(incident_id),
        "notifications": lambda: records.notifications(),
        "notifications_of_an_incident": lambda: records.notifications(incident_id=incident_id),
        "claim_due": lambda: told.claim(),
        "next_due_at": lambda: records.next_due_at(told.now),
        "oldest_unsent_at": lambda: records.oldest_unsent_at(told.now),
        "changes_after": lambda: records.changes_after(0, 10),
        "commit_result": lambda: told.commit("passed"),
        "acknowledge": lambda: records.acknowledge(incident_id, by="ada", now=told.now),
        "delete_runs_before": lambda: records.delete_runs_before(told.now + timedelta(days=1)),
    }
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        statements.append((statement, parameters[0] if is_many else parameters))

    database = records._database
    for engine in (database._read, database._write):
        event.listen(engine, "before_cursor_execute", note)
    asked[question]()
    plans: list[str] = []
    with database._read.connect() as connection:
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans += [row.detail for row in plan]
    assert plans
    scanned = [step for step in plans if step.startswith("SCAN") and "USING" not in step]
    assert [step for step in scanned if step.split()[1] in GROWING] == []
