"""The questions that are being answered, and the store that answers them.

So that the store's file can be replaced between two questions: none is interrupted, and none waits for long.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from leadline.clock import monotonic_s
from leadline.store import Store
from leadline.storeclient.exchange import StoreStarting

# First a moment without questions is waited for. If there is none, new questions wait until the open ones have ended,
# for less than clients wait (leadline/storeclient/on_demand.py: 10 s); the rest is for closing and opening.
QUIET_S = 60.0
BLOCKING_S = 4.0
_LOOK_S = 0.2


class OpenQuestions:
    """May be used from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._store: Store | None = None
        self._open = 0
        self._writing = 0
        self._is_frozen = False

    @property
    def store(self) -> Store | None:
        return self._store

    def offer(self, store: Store | None) -> None:
        """From now on questions are answered from `store`, also those that write."""
        with self._changed:
            self._store, self._is_frozen = store, False

    @contextmanager
    def asking(self, *, is_writing: bool = False) -> Iterator[Store]:
        """The store for one question. Raises StoreStarting if there is none, or if it must not be written now."""
        with self._changed:
            if (store := self._store) is None:
                raise StoreStarting("the store service is starting", hint="ask again in a second")
            if is_writing and self._is_frozen:
                raise StoreStarting("the store is being compacted", hint="it can be changed again in some minutes")
            self._open += 1
            self._writing += is_writing
        try:
            yield store
        finally:
            with self._changed:
                self._open -= 1
                self._writing -= is_writing
                self._changed.notify_all()

    def freeze(self, stopping: threading.Event) -> bool:
        """Refuses questions that write, and waits for those that are open. False if `stopping` came first."""
        with self._changed:
            self._is_frozen = True
            while self._writing:
                if stopping.is_set():
                    return False
                self._changed.wait(_LOOK_S)
            return True

    def withdraw(self, stopping: threading.Event) -> bool:
        """Takes the store away from new questions once no question is open. False: some still are; nothing changed."""
        with self._changed:
            self._wait_for_none(stopping, QUIET_S)
            store, self._store = self._store, None
            self._wait_for_none(stopping, BLOCKING_S)
            if self._open:
                self._store = store
            return not self._open

    def _wait_for_none(self, stopping: threading.Event, longest_s: float) -> None:
        until_s = monotonic_s() + longest_s
        while self._open and monotonic_s() < until_s and not stopping.is_set():
            self._changed.wait(_LOOK_S)
