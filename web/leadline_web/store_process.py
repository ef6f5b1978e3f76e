"""The store process: the one that opens DuckDB. Follows the log and the records, and answers web's questions.

Started by web with one end of a socket pair; ends when web does. It listens on no port and reads no request: a query
that eats its memory costs this process alone.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import duckdb
import pyarrow as pa

from leadline.errors import LeadlineError, QueryRefused
from leadline.settings import load_settings
from leadline.store import QueryLimits, Store, open_store, run_query
from leadline.workers.lifeline import die_with_parent
from leadline_web.figures import FIGURES
from leadline_web.following import Follower
from leadline_web.messages import (
    LENGTH_BYTES,
    Ask,
    FiguresAnswered,
    FiguresAsked,
    Following,
    QueryAnswered,
    QueryAsked,
    Refused,
    Say,
    decode_ask,
    frame,
)
from leadline_web.store_places import StorePlaces

# DuckDB spreads one query over the cores; more at a time only share the memory.
QUERIES_AT_A_TIME = 4
SAY_EVERY_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 web is gone or told to stop, 2 configuration, 3 the store can't be opened."""
    parser = argparse.ArgumentParser(prog="python -m leadline_web.store_process")
    parser.add_argument("-c", "--config", type=Path)
    parser.add_argument("--places", help="what web hands over of its settings, instead of -c")
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the socket pair's end")
    options = parser.parse_args(arguments)
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; web tells us when to go
    try:
        if options.places:
            places = StorePlaces.from_argument(options.places)
        else:
            places = StorePlaces.of(load_settings(options.config))
        store = open_store(places.store, memory_limit=places.memory_limit)
    except LeadlineError as error:
        print(f"leadline store: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    with socket.socket(fileno=options.socket) as channel, store:
        StoreProcess(store, channel, places).serve()
    return 0


class StoreProcess:
    """One thread reads questions, a few answer them, one follows."""

    def __init__(self, store: Store, channel: socket.socket, places: StorePlaces) -> None:
        self._store = store
        self._channel = channel
        self._sending = threading.Lock()
        self._stopping = threading.Event()
        self._follower = Follower(
            store,
            beacon_log=places.beacon_log,
            records=places.records,
            log_max_bytes=places.log_max_bytes,
            country_database=places.country_database,
        )

    def serve(self) -> None:
        """Until web closes its end."""
        threads = [
            threading.Thread(target=self._follow, name="following"),
            threading.Thread(target=self._tell, name="telling", daemon=True),
        ]
        for thread in threads:
            thread.start()
        with ThreadPoolExecutor(QUERIES_AT_A_TIME, thread_name_prefix="answering") as pool:
            while (asked := self._receive()) is not None:
                pool.submit(self._answer, asked)
            self._stopping.set()
        threads[0].join()

    def _follow(self) -> None:
        try:
            self._follower.run(self._stopping)
            self._follower.close()
        except BaseException:  # a bug or a broken store: this process is of no use any more, web starts another
            traceback.print_exc()
            os._exit(70)

    def _tell(self) -> None:
        while not self._stopping.is_set():
            said = asdict(self._follower.progress)
            said.pop("failures")
            self._say(Following(**said))
            self._stopping.wait(SAY_EVERY_S)

    def _answer(self, asked: Ask) -> None:
        try:
            self._say(answer(self._store, asked))
        except Exception:  # a bug: shown here, and the asker must not wait for ever
            traceback.print_exc()
            self._say(Refused(ask_id=asked.ask_id, message="the store process has a fault", is_question_wrong=False))

    def _receive(self) -> Ask | None:
        head = self._read_exactly(LENGTH_BYTES)
        body = self._read_exactly(int.from_bytes(head, "big")) if head else None
        return decode_ask(body) if body else None

    def _read_exactly(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._channel.recv(size - len(parts))
            except OSError:
                return None
            if not part:
                return None
            parts += part
        return bytes(parts)

    def _say(self, said: Say) -> None:
        with self._sending:
            try:
                self._channel.sendall(frame(said))
            except OSError:  # web is gone; the reading thread sees it too
                self._stopping.set()


def answer(store: Store, asked: Ask) -> Say:
    """The answer to one question, or why there is none. Never raises for what a question can cause."""
    try:
        match asked:
            case FiguresAsked():
                return FiguresAnswered(ask_id=asked.ask_id, rows=FIGURES[asked.figure](store, asked.scope))
            case QueryAsked():
                limits = QueryLimits(max_rows=asked.max_rows, max_bytes=asked.max_bytes, timeout_s=asked.timeout_s)
                found = run_query(store, asked.sql, limits)
                return QueryAnswered(
                    ask_id=asked.ask_id,
                    arrow=_as_stream(found.table),
                    truncated=found.truncated,
                    duration_ms=found.duration_ms,
                )
    except QueryRefused as error:
        return Refused(ask_id=asked.ask_id, message=error.message, hint=error.hint)
    except (LeadlineError, duckdb.Error) as error:
        return Refused(ask_id=asked.ask_id, message=str(error), is_question_wrong=False)


def _as_stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


if __name__ == "__main__":
    sys.exit(main())
