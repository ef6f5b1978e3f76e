"""leadline.storeclient.asynchronous.AsyncStoreClient, as far as a watch needs it."""

from __future__ import annotations

from typing import Protocol

from leadline.storeclient.questions import Answered, Asked, Question, StoreStatus


class AsksStore(Protocol):
    async def ask(self, question: Question[Asked, Answered], asked: Asked) -> Answered: ...


class AsksStoreAndItsStatus(AsksStore, Protocol):
    async def status(self) -> StoreStatus: ...
