"""docs/records.md names every table; docs/paging.md every state and every transition that pages."""

from __future__ import annotations

import re
from pathlib import Path

from leadline.model import NotificationState
from leadline.records.columns import metadata

DOCS = Path(__file__).parents[3] / "docs"


def test_every_table_is_described_and_no_other() -> None:
    table = (DOCS / "records.md").read_text().split("| table |", 1)[1].split("\n\n", 1)[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {*metadata.tables, "alembic_version"}


def test_every_state_of_a_notification_is_described() -> None:
    text = (DOCS / "paging.md").read_text()
    assert [state for state in NotificationState if f"`{state}`" not in text] == []
