"""The open store and everything that works on it: the follower, the periodic tasks, the threads that answer.

The service listens before the store is open: opening may wait for another process, or migrate. Until then it answers
every question with StoreStarting, and the caller waits.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from functools import partial

import duckdb

from leadline import clock
from leadline.errors import LeadlineError
from leadline.settings import Settings, flag_cohorts
from leadline.store import Store, open_store
from leadline.store.compaction import compact_if_worth
from leadline.storeclient import StoreStatus
from leadline_store.follower import Follower, Progress
from leadline_store.open_questions import OpenQuestions
from leadline_store.periodic import Task, keep_doing
from leadline_store.saved_settings import SavedSettings
from leadline_store.swap import Swap
from leadline_store.tasks import TASKS
from leadline_store.telling import Telling

# DuckDB spreads one query over the cores; several at a time only share the memory. SQL of people has its own threads,
# so that a slow query delays no figure.
FIGURES_AT_A_TIME = 4
SQL_AT_A_TIME = 4
OUR_FAULT = 70


class Engine:
    """`start` and `stop` once. `on_failure` is called with an exit code if the store can't be opened."""

    def __init__(
        self, settings: Settings, *, on_failure: Callable[[int], None], tasks: tuple[Task, ...] = TASKS
    ) -> None:
        self._settings = settings
        self._saved = SavedSettings(settings)
        self._on_failure = on_failure
        self._tasks = tasks
        self._questions = OpenQuestions()
        self._progress = Progress()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._started_at: datetime = clock.now()
        self.figures = ThreadPoolExecutor(FIGURES_AT_A_TIME, thread_name_prefix="figures")
        self.sql = ThreadPoolExecutor(SQL_AT_A_TIME, thread_name_prefix="sql")

    def asking(self, *, is_writing: bool = False) -> AbstractContextManager[Store]:
        """The store for one question, which ends before the store is replaced. Raises StoreStarting."""
        return self._questions.asking(is_writing=is_writing)

    def status(self) -> StoreStatus:
        said = asdict(self._progress)
        said.pop("failures")
        return StoreStatus(
            pid=os.getpid(),
            started_at=self._started_at,
            state="starting" if self._questions.store is None else "ready",
            **said,
        )

    def start(self) -> None:
        self._run_thread("following", self._open_and_follow)

    def stop(self) -> None:
        """Ends the batch that is being loaded, then closes the store."""
        self._stopping.set()
        if (store := self._questions.store) is not None:
            store.is_to_be_closed.set()
        for thread in list(self._threads):
            thread.join()
        for pool in (self.figures, self.sql):
            pool.shutdown(wait=False, cancel_futures=True)
        if (store := self._questions.store) is not None:
            store.close()

    def _open_and_follow(self) -> None:
        self._run_thread("settings", partial(self._saved.follow, self._stopping))
        self._compact_closed()
        store = self._open()
        while store is not None and not self._stopping.is_set():
            self._follow(store)
            if not self._stopping.is_set():
                swap = Swap(self._questions, self._progress, self._stopping)
                store = swap.compact(store, self._settings.paths.store, open_again=self._open)
        if store is not None:
            self._questions.offer(store)  # for `stop` to close

    def _open(self) -> Store | None:
        try:
            return open_store(self._settings.paths.store, memory_limit=self._settings.memory_limit)
        except LeadlineError as error:
            print(f"leadline store: {error}", file=sys.stderr, flush=True)
            self._on_failure(error.exit_code)
            return None

    def _compact_closed(self) -> None:
        """Compacts the file before it is opened. If that fails, the store is opened anyway."""
        try:
            given_back = compact_if_worth(
                self._settings.paths.store, memory_limit=self._settings.memory_limit, tell=Telling("compacting")
            )
        except LeadlineError as error:
            print(f"leadline store: {error}", file=sys.stderr, flush=True)
            return
        if given_back > 0:
            print(f"leadline store: compacted; {given_back:,} bytes are free again", file=sys.stderr, flush=True)

    def _follow(self, store: Store) -> None:
        """Follows until the store must be closed, for the end of the service or for a compaction."""
        settings, ending = self._settings, store.is_to_be_closed
        follower = Follower(
            store,
            beacon_log=settings.paths.beacon_log,
            records=settings.paths.records,
            log_max_bytes=lambda: self._saved.settings.collector.log_max_bytes,
            country_database=settings.country_database,
            cohorts=lambda: flag_cohorts(self._saved.settings),
        )
        follower.progress = self._progress
        self._questions.offer(store)
        if self._stopping.is_set():  # `stop` came before there was a store to close
            ending.set()
        doing = [
            self._run_thread(task.name, partial(keep_doing, task, store, lambda: self._saved.settings, ending))
            for task in self._tasks
        ]
        try:
            follower.run(ending)
        finally:
            follower.close()
        for thread in doing:
            thread.join()
            self._threads.remove(thread)

    def _run_thread(self, name: str, run: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                run()
            except BaseException as error:  # a bug or a broken store: this process can't continue
                if self._stopping.is_set() and isinstance(error, duckdb.Error):
                    return
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(OUR_FAULT)

        thread = threading.Thread(target=guarded, name=name)
        self._threads.append(thread)
        thread.start()
        return thread
