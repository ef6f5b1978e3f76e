"""Pages that are repeated until somebody acknowledges, and silences of one severity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("repeat_s", sa.Float(), nullable=True))
    op.add_column("silences", sa.Column("severity", sa.String(), nullable=True))
