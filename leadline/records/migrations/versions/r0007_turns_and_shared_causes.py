"""Incidents that come and go, and incidents that share one cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("shared_cause", sa.String(), nullable=True))
    op.add_column("incidents", sa.Column("turns", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("quiet_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("quiet_s", sa.Float(), nullable=True))
    op.create_index("ix_incidents_shared_cause", "incidents", ["shared_cause"], unique=False)
    op.create_index("ix_incidents_subject_resolved_at", "incidents", ["subject", "resolved_at"], unique=False)
    op.add_column("notifications", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
