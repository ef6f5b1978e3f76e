"""When the commit behind a deployment was made, for the lead time of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("deployments", sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True))
