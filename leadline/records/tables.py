"""The tables of runs, incidents, the outbox, and the records themselves; guard_tables.py has those of
releases, flags and hooks. A change needs a migration in migrations/versions/ (a test compares the two).

Ids are ours and time-ordered, never a sequence, but for the change feed, whose positions must grow in commit order.
docs/records.md says what each table is for.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from leadline.incidents import FailedRun
from leadline.model import Finding, RunFinding
from leadline.records.columns import Moment, Nouns, metadata

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("monitor", String, nullable=False),
    Column("name", String, nullable=False),
    Column("app", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("location", String, nullable=False),
    Column("cohort", String),
    Column("source", String, nullable=False),
    Column("scheduled_at", Moment),
    Column("started_at", Moment, nullable=False),
    Column("confirms_run_id", String),
    # The following columns are not known before the run has ended.
    Column("status", String),
    Column("finished_at", Moment),
    Column("duration_ms", Float),
    Column("cause", String),
    Column("error_message", Text),
    Column("failed_step", String),
    Column("service_version", String),
    Column("status_code", Integer),
    Column("trace_id", String),
    Column("dns_ms", Float),
    Column("connect_ms", Float),
    Column("tls_ms", Float),
    Column("first_byte_ms", Float),
    Column("findings", Nouns(tuple[RunFinding, ...])),
    # The judgement, so that storing the same result again gives the same answer.
    Column("transition", String),
    Column("incident_id", String),
    Column("needs_confirmation", Boolean),
    Index("ix_runs_started_at", "started_at"),
    Index("ix_runs_app_name_started_at", "app", "name", "started_at"),
    Index("ix_runs_name_started_at", "name", "started_at"),
    Index("ix_runs_status", "status"),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("step", String, nullable=False),
    Column("status", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("budget_ms", Float),
    Column("service_version", String),
    Column("error_message", Text),
)

kpis = Table(
    "kpis",
    metadata,
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("step", String),
    Column("service_version", String),
    Column("is_within_bounds", Boolean, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("run_id", ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("path", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
)

# One row per monitor, cohort and location: its newest run, and its failed runs in a row.
marks = Table(
    "marks",
    metadata,
    Column("app", String, primary_key=True),
    Column("environment", String, primary_key=True),
    Column("monitor", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("cohort", String, primary_key=True),  # '' means no cohort: part of the key, and NULL is equal to nothing
    Column("location", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment, nullable=False),
    Column("scheduled_at", Moment),
    Column("failures", Nouns(tuple[FailedRun, ...]), nullable=False),
    Column("needs_confirmation", Boolean, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("subject_kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("app", String, nullable=False),  # '' where it belongs to no app: NULL is equal to nothing
    Column("environment", String, nullable=False),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("since", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", String),
    Column("resolved_at", Moment),
    Column("service_version", String),
    Column("findings", Nouns(tuple[Finding, ...]), nullable=False),
    Column("healed", Nouns(tuple[Finding, ...]), nullable=False),
    Column("kind", String, nullable=False, server_default="failure"),
    Column("shared_cause", String),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("reopened", Integer, nullable=False, server_default="0"),
    Column("quiet_since", Moment),
    Column("quiet_s", Float),
    Column("group_id", String),
    Index("ix_incidents_opened_at", "opened_at"),
    Index("ix_incidents_shared_cause", "shared_cause"),
    Index("ix_incidents_subject_resolved_at", "subject", "resolved_at"),
)
# One unresolved incident per subject and kind, enforced by the database, not only by code.
Index(
    "uq_incidents_unresolved",
    incidents.c.app,
    incidents.c.environment,
    incidents.c.subject_kind,
    incidents.c.subject,
    incidents.c.kind,
    unique=True,
    sqlite_where=incidents.c.state != "resolved",
    postgresql_where=incidents.c.state != "resolved",
)

transitions = Table(
    "transitions",
    metadata,
    Column("transition_id", String, primary_key=True),
    Column("incident_id", ForeignKey("incidents.incident_id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("run_id", String),
    Column("by", String),
    Column("title", String, nullable=False),
    Index("ix_transitions_incident_id", "incident_id"),
)

notes = Table(
    "notes",
    metadata,
    Column("note_id", String, primary_key=True),
    Column("incident_id", ForeignKey("incidents.incident_id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_notes_incident_id", "incident_id"),
)

# The outbox and the delivery ledger in one: everything to send or do outside. A row is pending until its target
# or hook accepted it or it was given up.
notifications = Table(
    "notifications",
    metadata,
    Column("notification_id", String, primary_key=True),
    Column("incident_id", ForeignKey("incidents.incident_id", ondelete="CASCADE"), nullable=False),
    Column("transition_id", ForeignKey("transitions.transition_id", ondelete="CASCADE")),
    Column("transition", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("target", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("level", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("first_attempt_at", Moment),
    Column("accepted_at", Moment),
    Column("next_attempt_at", Moment),
    Column("planned_at", Moment, nullable=False),  # when due_at or next_attempt_at was set, by the clock at that time
    Column("last_error", Text),
    Column("is_maybe_duplicate", Boolean, nullable=False),
    Column("combined_into", String),
    Column("silence_id", String),
    Column("instead_of", String),
    Column("because", Text),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("repeat_s", Float),  # once it is accepted, it is due again after this long, until somebody acknowledges
    Column("lease_owner", String),
    Column("leased_at", Moment),
    Column("lease_until", Moment),
    UniqueConstraint("transition_id", "kind", "target", "recipient", "level", name="uq_notifications_owed"),
    Index("ix_notifications_incident_id", "incident_id"),
    Index("ix_notifications_state", "state"),
    Index("ix_notifications_created_at", "created_at"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("notification_id", ForeignKey("notifications.notification_id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("is_accepted", Boolean, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("retry_after_s", Float),
)

silences = Table(
    "silences",
    metadata,
    Column("silence_id", String, primary_key=True),
    Column("app", String),
    Column("monitor", String),
    Column("name", String),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("severity", String),
    Index("ix_silences_ends_at", "ends_at"),
)

cleanups = Table(
    "cleanups",
    metadata,
    Column("cleanup_id", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("function", String, nullable=False),
    Column("arguments", LargeBinary, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("finished_at", Moment),
    Column("error", Text),
    Index("ix_cleanups_finished_at", "finished_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("noun", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_at", "at"),
)

# The change feed: one row per object, at the position of its newest change.
changes = Table(
    "changes",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("noun_id", String, nullable=False),
    UniqueConstraint("kind", "noun_id"),
    sqlite_autoincrement=True,  # a position is never used twice, not even that of a deleted row
)
