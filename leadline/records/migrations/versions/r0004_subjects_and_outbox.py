"""Incidents about any subject, and one outbox for all that is owed. What is open stays open, what is owed stays owed.

The outbox is made anew, and the receipts with it: SQLite can't drop a table's unique constraint, and dropping the table
alone would take the receipts along (ON DELETE CASCADE).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SAME = (
    "notification_id, incident_id, transition, target, state, attempts, created_at, first_attempt_at, accepted_at, "
    "next_attempt_at, last_error, is_maybe_duplicate, combined_into, silence_id, lease_owner, leased_at, lease_until"
)


def upgrade() -> None:
    _widen_incidents()
    _make_outbox()
    op.execute(
        f"""
        INSERT INTO new_notifications
            ({_SAME}, transition_id, kind, recipient, level, due_at, planned_at)
        SELECT {_SAME},
            (SELECT min(transition_id) FROM transitions AS t
             WHERE t.incident_id = n.incident_id AND t.kind = n.transition),
            'target', '', 'first', created_at, coalesce(leased_at, created_at)
        FROM notifications AS n
        """
    )
    op.execute("INSERT INTO new_receipts SELECT * FROM receipts")
    op.drop_table("receipts")
    op.drop_table("notifications")
    op.rename_table("new_notifications", "notifications")
    op.rename_table("new_receipts", "receipts")
    for column in ("incident_id", "state", "created_at"):
        op.create_index(f"ix_notifications_{column}", "notifications", [column], unique=False)


def _widen_incidents() -> None:
    op.drop_index("uq_incidents_unresolved", table_name="incidents")
    op.execute("ALTER TABLE incidents RENAME COLUMN monitor TO subject_kind")
    op.execute("ALTER TABLE incidents RENAME COLUMN name TO subject")
    op.execute("ALTER TABLE incidents RENAME COLUMN failing TO findings")
    # A new column of a table with rows needs a default; tables.py declares the same.
    op.add_column("incidents", sa.Column("kind", sa.String(), nullable=False, server_default="failure"))
    op.create_index(
        "uq_incidents_unresolved",
        "incidents",
        ["app", "environment", "subject_kind", "subject", "kind"],
        unique=True,
        sqlite_where=sa.text("state != 'resolved'"),
        postgresql_where=sa.text("state != 'resolved'"),
    )


def _make_outbox() -> None:
    op.create_table(
        "new_notifications",
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("transition_id", sa.String(), nullable=True),
        sa.Column("transition", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("is_maybe_duplicate", sa.Boolean(), nullable=False),
        sa.Column("combined_into", sa.String(), nullable=True),
        sa.Column("silence_id", sa.String(), nullable=True),
        sa.Column("instead_of", sa.String(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("leased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.incident_id"], name=op.f("fk_notifications_incident_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["transition_id"],
            ["transitions.transition_id"],
            name=op.f("fk_notifications_transition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("transition_id", "kind", "target", "recipient", "level", name="uq_notifications_owed"),
    )
    op.create_table(
        "new_receipts",
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("retry_after_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["new_notifications.notification_id"],
            name=op.f("fk_receipts_notification_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notification_id", "attempt", name=op.f("pk_receipts")),
    )
