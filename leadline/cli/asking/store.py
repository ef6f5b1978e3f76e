"""The store service of a home, while a command needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from leadline.settings import Settings
from leadline.storeclient import StoreClient
from leadline.storeclient.on_demand import ask_on_demand

T = TypeVar("T")


def ask_store(settings: Settings, ask: Callable[[StoreClient], T]) -> T:
    """The result of `ask` with the store service, which is started if none runs. Raises StoreUnavailable."""
    settings.paths.create_folders()
    return ask_on_demand(settings.paths.run, settings.file, ask)
