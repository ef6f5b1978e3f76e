"""The project's own questions: each a .sql file under sql/questions/, named after its answer, with named parameters."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import pyarrow as pa

from leadline.store.database import Store


@cache
def read_question(question: str) -> str:
    """The text of sql/questions/<question>.sql."""
    file = resources.files("leadline.store") / "sql" / "questions" / f"{question}.sql"
    return file.read_text(encoding="utf-8")


def ask(store: Store, question: str, **parameters: Any) -> pa.Table:
    """The answer to the question in sql/questions/<question>.sql. Raises duckdb.Error."""
    cursor = store.cursor()
    try:
        return cursor.sql(read_question(question), params=parameters).to_arrow_table()
    finally:
        cursor.close()
