"""The records' single writer thread, seen from the event loop.

Every call goes through one thread, so the loop never waits for a disk and SQLite never sees two of our writers. What
can't be written now is tried again for a given time; the caller decides what to do after that. Small
writes that wait at the same moment share a transaction: half of what each costs is its commit. What a page hangs on
goes before the rest: where hundreds fail at once, the first page must not wait until all of them are written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# A result is worth waiting for a full disk or a locked file; a minute is one ordinary interval, and the
# heartbeat stops meanwhile.
PATIENCE_S = 60.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 2.0
# A transaction of this size blocks other writers (web, the command) for about a tenth of a second.
_MOST_TOGETHER = 32

Together = Callable[[], AbstractContextManager[None]]


class RecordsThread:
    """Runs actions on the records one after the other: the urgent ones first, each kind in the order in which it was
    asked for."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self.refusals = 0
        self.refused_since_s: float | None = None  # since when writes have failed
        self.last_refusal = self.last_hint = ""
        self._said = ""
        self.kept = self.lost = 0  # results that wait in memory, and that did not fit (kept_results.py)
        self._waiting: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        # What each turn of the thread takes one of.
        self._urgent: deque[Callable[[], None]] = deque()
        self._others: deque[Callable[[], None]] = deque()

    async def do(
        self,
        action: Callable[[], Answer],
        *,
        patience_s: float = 0.0,
        together: Together | None = None,
        is_urgent: bool = False,
    ) -> Answer:
        """The result of `action`. StorageUnavailable is tried again for `patience_s`, then raised.

        With `together` (the records' own), it may share a transaction with others that wait, and must only write. A
        cancelled caller does not undo the action: it is still done.
        """
        give_up_at = monotonic_s() + patience_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                answer = await self._run(action, together, is_urgent)
            except StorageUnavailable as error:
                self._note_refusal(error, is_needed=patience_s > 0)
                if monotonic_s() + pause_s > give_up_at:
                    raise
                if error.message != self._said:
                    log.warning("%s; trying again", error.message)
                    self._said = error.message
            else:
                if patience_s > 0:
                    self.refused_since_s, self._said = None, ""
                return answer
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LAST_PAUSE_S)

    async def _run(self, action: Callable[[], Answer], together: Together | None, is_urgent: bool) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        if together is None:
            turn = partial(self._run_one, action, answer, loop)
        else:
            self._waiting.append((action, answer))
            # Each asks for its turn; the first one takes all waiting actions, and the others find nothing to do.
            turn = partial(self._run_waiting, together, loop)
        (self._urgent if is_urgent else self._others).append(turn)
        self._thread.submit(self._take_turn)
        return await answer

    def _take_turn(self) -> None:
        turns = self._urgent or self._others
        turns.popleft()()

    def _run_one(self, action: Callable[[], Any], answer: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(_settle, [answer], [_outcome(action)])

    def _run_waiting(self, together: Together, loop: asyncio.AbstractEventLoop) -> None:
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))]
        if taken:
            outcomes = run_together([action for action, _ in taken], together)
            loop.call_soon_threadsafe(partial(_settle, [answer for _, answer in taken], outcomes))

    def _note_refusal(self, error: StorageUnavailable, *, is_needed: bool) -> None:
        self.refusals += 1
        if is_needed:
            self.last_refusal, self.last_hint = error.message, error.hint
            if self.refused_since_s is None:
                self.refused_since_s = monotonic_s()

    def close(self) -> None:
        """Waits for all actions, then ends the thread."""
        self._thread.shutdown(wait=True)


def run_together(actions: Sequence[Callable[[], Any]], together: Together) -> list[tuple[Any, Exception | None]]:
    """What each action returned or raised. All in one transaction; if that fails, each in its own."""
    if len(actions) > 1:
        try:
            with together():
                return [_outcome(action, but=StorageUnavailable) for action in actions]
        except Exception:
            log.debug("%d writes go one by one", len(actions), exc_info=True)
    return [_outcome(action) for action in actions]


def _outcome(action: Callable[[], Any], *, but: type[Exception] | None = None) -> tuple[Any, Exception | None]:
    try:
        return action(), None
    except Exception as error:
        if but is not None and isinstance(error, but):
            raise
        return None, error


def _settle(answers: Sequence[asyncio.Future[Any]], outcomes: Sequence[tuple[Any, Exception | None]]) -> None:
    for answer, (returned, error) in zip(answers, outcomes, strict=True):
        if answer.done():
            continue  # nobody waits for it any more
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(returned)
