"""`expect.soft`, with Playwright's own meaning: what it finds fails the run at its end, and the journey goes on.

Playwright collects soft failures in a scope that its pytest plugin opens for each test; here each run opens one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright._impl import _assertions

from leadline_probes.run_log import RunLog


@contextlib.contextmanager
def soft_scope() -> Iterator[list[AssertionError]]:
    """The list into which soft failures of this process go while it is open. Playwright knows one scope at a time."""
    if _assertions._soft_errors is not None:  # a test of pytest-playwright has one open: its own report tells
        yield _assertions._soft_errors
        return
    with _assertions._soft_scope() as errors:
        yield errors


def take_failures(errors: list[AssertionError], log: RunLog) -> list[AssertionError]:
    """Empties the list, and notes in the log what was in it."""
    found, errors[:] = list(errors), []
    for error in found:
        log.note(f"soft assertion: {error}")
    return found
