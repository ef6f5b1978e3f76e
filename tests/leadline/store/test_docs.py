"""docs/tables.md names every view and every column, with its type, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from leadline.store import ALLOWED_VIEWS, Store

DOCS = Path(__file__).parents[3] / "docs" / "tables.md"


def test_the_documented_columns_are_those_of_the_views(store: Store) -> None:
    documented: dict[str, list[tuple[str, str]]] = {}
    view = ""
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## `(\w+)`", line):
            view = heading[1]
            documented[view] = []
        elif column := re.match(r"\| `(\w+)` \| (\w+) \|", line):
            documented[view].append((column[1], column[2]))
    actual = {
        view: [(str(row[0]), str(row[1])) for row in store.cursor().execute(f"DESCRIBE {view}").fetchall()]
        for view in ALLOWED_VIEWS
    }
    of_users = {view: columns for view, columns in actual.items() if view.startswith("users_")}
    assert of_users == {view: actual[view.removeprefix("users_")] for view in of_users}
    text = DOCS.read_text(encoding="utf-8")
    assert [view for view in of_users if f"`{view}`" not in text] == []
    assert documented == {view: columns for view, columns in actual.items() if view not in of_users}
