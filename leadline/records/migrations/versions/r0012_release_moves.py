"""Stages of releases that a hook or a person exposes, each with the share that was seen of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "release_moves",
        sa.Column("move_id", sa.String(), nullable=False),
        sa.Column("release_id", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("canary", sa.String(), nullable=True),
        sa.Column("baseline", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen_at", moment, nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("missed_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", moment, nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("leased_at", moment, nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_release_moves")),
    )
    op.create_index("ix_release_moves_app_asked_at", "release_moves", ["app", "asked_at"])
