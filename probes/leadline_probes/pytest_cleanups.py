"""The cleanup ledger of journeys under pytest: the home's records where there is a home, and the end of pytest.

What a run could not undo itself (it blocked, its cleanup failed) is undone before pytest ends, newest first, by a
process of its own and in three tries. With a home, what is left then, or was left by a pytest that was killed, is the
scheduler's to try again. Refuses to end in silence where something stays undone.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.model.runs import StepResult
from leadline.workers import CleanupLedger
from leadline.workers.errands import clean_up
from leadline.workers.ledger import NoLedger

# A site with a short disturbance is tried again; the person who waits for pytest does not wait for long.
PAUSES_S = (0.0, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Owed:
    run_id: str
    function: str
    arguments: bytes
    import_folder: Path


@dataclass(slots=True)
class CleanupsOwed:
    """Cleanups of one pytest run that are not done yet, in the order in which they were asked for."""

    owed: dict[str, Owed] = field(default_factory=dict)

    def settle(self) -> None:
        """At the end of pytest: does what is left, and reports what can't be done."""
        for folder in dict.fromkeys(one.import_folder for one in self.owed.values()):
            mine = [(key, one) for key, one in self.owed.items() if one.import_folder == folder]
            with open_ledger(folder) as ledger:
                for cleanup_id, one in reversed(mine):
                    error = asyncio.run(_undo(cleanup_id, one, ledger))
                    if error is None:
                        continue
                    then = "nobody will try it again" if ledger is None else "the scheduler of this home tries it again"
                    said = f"leadline: not undone: {one.function} of run {one.run_id}: {error}; {then}"
                    print(said, file=sys.stderr, flush=True)
        self.owed.clear()


async def _undo(cleanup_id: str, owed: Owed, ledger: CleanupLedger | None) -> str | None:
    """The last error, None when it was done."""
    error: str | None = None
    for pause_s in PAUSES_S:
        await asyncio.sleep(pause_s)
        error = await clean_up(
            cleanup_id=cleanup_id,
            function=owed.function,
            arguments=owed.arguments,
            import_folder=owed.import_folder,
        )
        if error is None:
            break
    if ledger is not None:
        await ledger.done(cleanup_id, error)
    return error


class LedgerReporter:
    """A `Reporter` of one run whose steps nobody follows; its cleanups are kept."""

    def __init__(self, run_id: str, import_folder: Path, owed: CleanupsOwed, ledger: CleanupLedger | None) -> None:
        self._run_id = run_id
        self._import_folder = import_folder
        self._owed = owed.owed
        self._ledger = ledger or NoLedger()
        self._telling: set[asyncio.Task[None]] = set()

    def start_step(self, _step: str, /) -> None:
        return None

    def finish_step(self, _step: StepResult, /) -> None:
        return None

    def keep_cleanup(self, cleanup_id: str, function: str, arguments: bytes, /) -> asyncio.Future[None]:
        self._owed[cleanup_id] = Owed(self._run_id, function, arguments, self._import_folder)
        return self._tell(self._ledger.keep(self._run_id, cleanup_id, function, arguments))

    def finish_cleanup(self, cleanup_id: str, error: str | None, /) -> None:
        """One that failed stays owed until the end of pytest."""
        if error is None:
            self._owed.pop(cleanup_id, None)
        self._tell(self._ledger.done(cleanup_id, error))

    async def settle(self) -> None:
        """Waits until the ledger has been told of everything."""
        if self._telling:
            await asyncio.wait(set(self._telling))

    def _tell(self, what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(what)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return task


@contextlib.contextmanager
def open_ledger(import_folder: Path) -> Iterator[CleanupLedger | None]:
    """The ledger of the home whose leadline.toml is in this folder; None without a home, or without a database here."""
    toml = import_folder / "leadline.toml"
    try:
        opening = importlib.import_module("leadline.cli.ci_results")
    except ModuleNotFoundError:
        yield None
        return
    if not toml.is_file():
        yield None
        return
    with opening.open_home_ledger(toml) as ledger:
        yield ledger
