"""Web's end of the line to the store process: starts it, starts it again when it dies, and asks it.

A question that was under way when the process died is asked once more of the next one; then it is StoreUnavailable.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import sys
from collections.abc import Callable

import msgspec

from leadline.clock import monotonic_s
from leadline.errors import QueryRefused, StoreUnavailable
from leadline.workers.lifeline import PARENT_PID
from leadline_web.figures import Row, Scope
from leadline_web.messages import (
    LENGTH_BYTES,
    MAX_MESSAGE_BYTES,
    Ask,
    FiguresAnswered,
    FiguresAsked,
    Following,
    QueryAnswered,
    QueryAsked,
    Refused,
    Say,
    decode_say,
    frame,
)
from leadline_web.store_places import StorePlaces

# A process that dies at once is tried again ever later; one that lived a while, at once.
FIRST_PAUSE_S, LONGEST_PAUSE_S, LIVED_S = 0.1, 5.0, 30.0
# How long a question waits for a process that is just starting: a restart takes about 1 s.
WAIT_FOR_START_S = 2.0
# A figure over a long time may take this; the query door has its own limit.
FIGURES_TIMEOUT_S = 60.0
# Beyond a query's own limit, for its way and its answer.
_GRACE_S = 5.0
# Of the ten seconds that web has to end, after its requests' four.
CLOSE_GRACE_S = 3.0


class StoreLink:
    """Use from one event loop. `following` is what the process last said of itself, None while it is down."""

    def __init__(self, places: StorePlaces) -> None:
        self._places = places
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Say]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._is_up = asyncio.Event()
        self.following: Following | None = None
        self.process: asyncio.subprocess.Process | None = None
        self.starts = 0
        self.was_up = False

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep_running(), name="store process")

    async def close(self) -> None:
        """Ends the process: it finishes its batch and its answers, or is killed."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
        if self.process is not None and self.process.returncode is None:
            await self._end_process()

    @property
    def is_up(self) -> bool:
        return self._is_up.is_set()

    async def figures(self, figure: str, scope: Scope) -> list[Row]:
        """The rows of one of FIGURES. Raises StoreUnavailable, QueryRefused."""
        said = await self._ask(lambda i: FiguresAsked(ask_id=i, figure=figure, scope=scope), FIGURES_TIMEOUT_S)
        assert isinstance(said, FiguresAnswered)
        return said.rows

    async def query(self, sql: str, *, max_rows: int, max_bytes: int, timeout_s: float) -> QueryAnswered:
        """The answer to one SELECT. Raises StoreUnavailable, QueryRefused."""
        said = await self._ask(
            lambda i: QueryAsked(ask_id=i, sql=sql, max_rows=max_rows, max_bytes=max_bytes, timeout_s=timeout_s),
            timeout_s + _GRACE_S,
        )
        assert isinstance(said, QueryAnswered)
        return said

    async def _ask(self, make: Callable[[int], Ask], timeout_s: float) -> Say:
        for is_last in (False, True):
            try:
                said = await self._ask_once(make(next(self._ids)), timeout_s)
            except ConnectionError:
                if is_last:
                    break
                continue
            if not isinstance(said, Refused):
                return said
            if said.is_question_wrong:
                raise QueryRefused(said.message, hint=said.hint)
            raise StoreUnavailable(said.message, hint=said.hint)
        raise StoreUnavailable("the store process died while it answered", hint="it is being started again")

    async def _ask_once(self, asked: Ask, timeout_s: float) -> Say:
        try:
            await asyncio.wait_for(self._is_up.wait(), WAIT_FOR_START_S)
        except TimeoutError:
            raise StoreUnavailable(
                "the store process is not up", hint="it is being started again; records are still answered"
            ) from None
        assert self._writer is not None
        answered = self._waiting[asked.ask_id] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(frame(asked))
            return await asyncio.wait_for(answered, timeout_s)
        except TimeoutError:
            raise StoreUnavailable(f"the store did not answer within {timeout_s:g} s") from None
        finally:
            del self._waiting[asked.ask_id]

    async def _keep_running(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = monotonic_s()
            try:
                await self._run_once()
            except OSError as error:  # no process or no descriptor to be had: tried again like one that died
                print(f"leadline web: the store process can't be started: {error}", file=sys.stderr, flush=True)
            pause_s = FIRST_PAUSE_S if monotonic_s() - began > LIVED_S else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _run_once(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            command = [sys.executable, "-P", "-m", "leadline_web.store_process", "--places", self._places.as_argument()]
            self.process = await asyncio.create_subprocess_exec(
                *command,
                "--socket",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, PARENT_PID: str(os.getpid())},
            )
        finally:
            theirs.close()
        self.starts += 1
        reader, self._writer = await asyncio.open_connection(sock=ours)
        try:
            await self._read(reader)
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
            pass
        finally:
            self._is_up.clear()
            self.following = None
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the store process died"))
        self._writer.close()
        await self._end_process()

    async def _end_process(self) -> None:
        """It ends when our end of the line is closed; what it was loading is loaded again by the next one."""
        assert self.process is not None
        try:
            await asyncio.wait_for(self.process.wait(), CLOSE_GRACE_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            size = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
            if size > MAX_MESSAGE_BYTES:
                raise ConnectionError("the store process speaks nonsense")
            said = decode_say(await reader.readexactly(size))
            if isinstance(said, Following):
                self.following = said
                self._is_up.set()
                self.was_up = True
            elif (future := self._waiting.get(said.ask_id)) is not None and not future.done():
                future.set_result(said)
