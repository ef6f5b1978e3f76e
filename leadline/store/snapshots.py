"""One state of the store for all questions of an answer: figures that stand side by side are of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import duckdb
import pyarrow as pa

from leadline.store.database import Store
from leadline.store.questions import read_question

Kept = Literal["owned", "viewed"]


class Snapshot:
    """For one thread, within `take_snapshot`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def ask(self, question: str, **parameters: Any) -> pa.Table:
        """The answer to the question in sql/questions/<question>.sql. Raises duckdb.Error."""
        return self._cursor.sql(read_question(question), params=parameters).to_arrow_table()

    def keep(self, question: str, *, table: Kept = "owned", **parameters: Any) -> None:
        """Keeps the answer as a temp table for the questions that follow."""
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {read_question(question)}", parameters)


@contextmanager
def take_snapshot(store: Store) -> Iterator[Snapshot]:
    """A transaction that writes nothing but temporary tables: what is loaded meanwhile isn't seen."""
    cursor = store.cursor()
    try:
        cursor.execute("BEGIN")
        yield Snapshot(cursor)
        cursor.execute("ROLLBACK")
    finally:
        cursor.close()
