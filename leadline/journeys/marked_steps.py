"""`with step("home", budget="2s"):` names a part of a test under `@pytest.mark.journey`.

While Leadline runs the test, a step works like a journey's `run.step`: timed, judged, with the version that served it.
Without Leadline it does nothing, so the same file stays a plain test.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, Protocol


class StepBook(Protocol):
    """Records the steps of a test."""

    def begin(self, name: str, *, budget: str | None, status: int | Collection[int]) -> Any: ...
    def end(self, opened: Any, error: BaseException | None) -> None: ...


_books: list[StepBook] = []


class MarkedStep:
    """What `step` gives: for `with`, and for `async with`."""

    def __init__(self, name: str, budget: str | None, status: int | Collection[int]) -> None:
        self._name = name
        self._budget = budget
        self._status = status
        self._opened: Any = None

    def __enter__(self) -> None:
        if _books:
            self._opened = _books[-1].begin(self._name, budget=self._budget, status=self._status)

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if _books and self._opened is not None:
            _books[-1].end(self._opened, error)

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def step(name: str, *, budget: str | None = None, status: int | Collection[int] = ()) -> MarkedStep:
    """A named part of a marked test: `with step("pay", budget="2s"):`. Steps may be nested.

    Over its budget it is *degraded*. It fails with what its body raises, and when the last page it loaded was answered
    with 400 or more, unless `status` names that answer (`status=404`).
    """
    return MarkedStep(name, budget, status)


@contextlib.contextmanager
def write_steps_into(book: StepBook) -> Iterator[None]:
    """Until this ends, the steps of this process are `book`'s."""
    _books.append(book)
    try:
        yield
    finally:
        _books.remove(book)
