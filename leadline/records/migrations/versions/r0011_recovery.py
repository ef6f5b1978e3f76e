"""Whether the figures that a rollback was about came back to their level, since when, and by what it was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("actions", sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("actions", sa.Column("recovery", sa.Text(), nullable=True))
