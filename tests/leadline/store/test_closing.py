"""A store closes although it is being asked: the question ends with an error, the close with none."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from leadline.store import open_store

# Would take hours.
ENDLESS = "SELECT sum(a.range * b.range) FROM range(1_000_000_000) AS a, range(1_000_000_000) AS b"


def test_closing_ends_a_query_that_would_go_on_for_hours(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb", wait_s=0)
    asking = threading.Event()
    ended: list[str] = []
    cursor = store.cursor()

    def ask() -> None:
        asking.set()
        try:
            cursor.execute(ENDLESS)
        except duckdb.Error as error:
            ended.append(type(error).__name__)

    thread = threading.Thread(target=ask)
    thread.start()
    asking.wait()
    store.close()
    thread.join()
    assert len(ended) == 1


def test_a_store_that_is_opened_again_leaves_no_transaction_open_that_would_refuse_checkpoints(tmp_path: Path) -> None:
    open_store(tmp_path / "store.duckdb", wait_s=0).close()
    with open_store(tmp_path / "store.duckdb", wait_s=0) as store:
        store.cursor().execute("CHECKPOINT")
