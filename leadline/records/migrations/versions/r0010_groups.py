"""The group of an incident: by it services that fold alerts know those of one cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("group_id", sa.String(), nullable=True))
