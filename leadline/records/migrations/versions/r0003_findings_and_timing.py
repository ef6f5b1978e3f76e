"""What a run found that is not yet wrong, and where the time of a check went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("dns_ms", sa.Float()))
        runs.add_column(sa.Column("connect_ms", sa.Float()))
        runs.add_column(sa.Column("tls_ms", sa.Float()))
        runs.add_column(sa.Column("first_byte_ms", sa.Float()))
        runs.add_column(sa.Column("findings", sa.Text()))
