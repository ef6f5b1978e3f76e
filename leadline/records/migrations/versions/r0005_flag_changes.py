"""Who changed which flag, when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "flag_changes",
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_flag_changes")),
    )
    op.create_index("ix_flag_changes_flag_changed_at", "flag_changes", ["flag", "changed_at"], unique=False)
