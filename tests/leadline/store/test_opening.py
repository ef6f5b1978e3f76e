"""Opening a store: its views are made once, and anew where they were made from other texts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from leadline.store import open_store

USERS = "SELECT count(*) FROM users_page_views"


@pytest.fixture
def path(tmp_path: Path, unmade_stores: None) -> Path:
    made = tmp_path / "store.duckdb"
    open_store(made).close()
    return made


def change(path: Path, statement: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def asked(path: Path, question: str) -> list[tuple[object, ...]]:
    with open_store(path) as store, closing(store.cursor()) as cursor:
        return cursor.execute(question).fetchall()


def test_a_new_store_has_its_views_and_what_they_were_made_from(path: Path) -> None:
    [(made_from,)] = asked(path, "SELECT comment FROM duckdb_views() WHERE view_name = 'page_views'")
    assert isinstance(made_from, str)
    assert len(made_from) == 64
    assert asked(path, USERS) == [(0,)]


def test_opened_again_it_keeps_them_and_other_texts_make_them_anew(path: Path) -> None:
    change(path, "CREATE OR REPLACE VIEW users_page_views AS SELECT 1 AS n FROM range(7)")
    assert asked(path, USERS) == [(7,)]  # from the same texts: nothing is made again
    change(path, "COMMENT ON VIEW page_views IS 'of another version'")
    assert asked(path, USERS) == [(0,)]


def test_a_copy_without_views_gets_them(path: Path) -> None:
    change(path, "DROP VIEW page_views")
    assert asked(path, USERS) == [(0,)]
    change(path, "DROP TABLE facts.load_reports")
    change(path, "COMMENT ON VIEW page_views IS NULL")
    assert asked(path, "SELECT count(*) FROM load_reports") == [(0,)]
