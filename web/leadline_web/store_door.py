"""Web's connection to the store service: asks it, and checks twice a second whether it runs. It starts nothing.

A service that is down is an answer of its own: figures are StoreUnavailable (503), everything else goes on.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from leadline.errors import LeadlineError
from leadline.storeclient import Question, SqlAnswer, SqlAsked, StoreStatus
from leadline.storeclient.asynchronous import AsyncStoreClient
from leadline.storeclient.questions import Answered, Asked

# How long a question waits for a service that is just starting: a restart takes about 1 s.
WAIT_FOR_START_S = 2.0
# The dashboard shows what has changed within two seconds.
LOOK_EVERY_S = 0.5
# While it is down, checked more often, so that a waiting page shows figures as soon as possible.
LOOK_WHILE_DOWN_S = 0.2


class StoreDoor:
    """Use from one event loop. `status` is the service's last status, None while it is down."""

    def __init__(self, run: Path) -> None:
        self._client = AsyncStoreClient(run, wait_s=WAIT_FOR_START_S)
        self._looking: asyncio.Task[None] | None = None
        self._process: object = None
        self.status: StoreStatus | None = None
        self.starts = 0

    def start(self) -> None:
        self._looking = asyncio.create_task(self._keep_looking(), name="store service")

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._client.close()

    @property
    def is_up(self) -> bool:
        """As of the last look."""
        return self.status is not None and self.status.state == "ready"

    async def ask(self, question: Question[Asked, Answered], asked: Asked) -> Answered:
        """Raises StoreUnavailable, QueryRefused."""
        return await self._client.ask(question, asked)

    async def sql(self, asked: SqlAsked) -> SqlAnswer:
        """The answer to one SELECT. Raises StoreUnavailable, QueryRefused."""
        return await self._client.sql(asked)

    async def _keep_looking(self) -> None:
        while True:
            try:
                self._note(await self._client.status())
            except LeadlineError:
                self.status = None
            await asyncio.sleep(LOOK_EVERY_S if self.is_up else LOOK_WHILE_DOWN_S)

    def _note(self, status: StoreStatus) -> None:
        process = (status.pid, status.started_at)
        self.starts += process != self._process
        self._process, self.status = process, status
