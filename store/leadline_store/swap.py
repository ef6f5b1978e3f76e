"""Compacts the store while it answers: copies it beside itself, then swaps the files between two questions.

Loading pauses meanwhile (beacons wait in their log), and what would write the store is refused. Killed at any
moment, one complete store is there: the old file until the rename, the new one from then on.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadline.errors import LeadlineError
from leadline.store import Store
from leadline.store.beside import copy_beside
from leadline.store.swapping import remove
from leadline_store.follower import Progress
from leadline_store.open_questions import OpenQuestions
from leadline_store.telling import Telling


@dataclass(frozen=True, slots=True)
class Swap:
    """`questions` may be asked of the store meanwhile; nobody else may write it."""

    questions: OpenQuestions
    progress: Progress
    stopping: threading.Event

    def compact(self, store: Store, path: Path, *, open_again: Callable[[], Store | None]) -> Store | None:
        """The store to go on with: the compacted one, or the same if there is no copy or a question does not end."""
        self.progress.is_caught_up = False
        copy = self._copy(store, path)
        if copy is None or not self._close(store):
            if copy is not None:
                remove(copy)
            store.is_to_be_closed.clear()
            return store
        before = path.stat().st_size
        if path.with_name(path.name + ".wal").exists():
            remove(copy)
            _say("the store was not compacted: its log could not be written into the file")
        else:
            os.replace(copy, path)
            _say(f"compacted; {before - path.stat().st_size:,} bytes are free again")
        return open_again()

    def _copy(self, store: Store, path: Path) -> Path | None:
        try:
            if not self.questions.freeze(self.stopping):
                return None
            return copy_beside(store, path, stopping=self.stopping, tell=Telling("compacting"))
        except (LeadlineError, duckdb.Error, OSError) as error:
            _say(f"the store can't be compacted: {error}; it goes on as it was")
            return None

    def _close(self, store: Store) -> bool:
        """Closes it between two questions. False if there is no such moment; then it is open as before."""
        if self.stopping.is_set():
            return False
        if self.questions.withdraw(self.stopping):
            store.close()  # writes what its log holds into the file
            return True
        self.progress.swaps_given_up += 1
        _say("not compacted in this round: a query did not end in time")
        return False


def _say(text: str) -> None:
    print(f"leadline store: {text}", file=sys.stderr, flush=True)
