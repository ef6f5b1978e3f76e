"""Which worker does the next run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadline.model import Cause, JourneySpec, RunResult, RunStatus
from leadline.model.worker_messages import RunAsked, RunFinished
from leadline.workers.journey_worker import JourneyWorker
from leadline.workers.ledger import NoLedger
from leadline.workers.process import WorkerProcess

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Process:
    """In place of a process with a browser: answers each run at once, as `answers` say."""

    def __init__(self, answers: list[RunFinished]) -> None:
        self._answers = answers
        self._asked: list[RunAsked] = []
        self.is_killed = False

    async def wait_until_ready(self) -> None: ...

    def say(self, asked: RunAsked) -> None:
        self._asked.append(asked)

    async def hear(self) -> RunFinished:
        said = self._answers.pop(0)
        return RunFinished(self._asked.pop().request_id, said.result, is_spent=said.is_spent)

    async def watch(self) -> None: ...

    async def kill(self) -> int:
        self.is_killed = True
        return -9

    async def close(self, *, grace_s: float) -> None: ...


def asked() -> RunAsked:
    spec = JourneySpec(name="checkout", path="checkout.py", every_s=60.0)
    return RunAsked(
        request_id="", run_id="R", journey=spec, app="shop", base_url=None, import_folder=".", evidence_folder="."
    )


def ended(*, cause: Cause, is_spent: bool = False) -> RunFinished:
    result = RunResult(
        run_id="R",
        monitor="journey",
        name="checkout",
        app="shop",
        status=RunStatus.FAILED,
        cause=cause,
        started_at=NOON,
        finished_at=NOON,
        duration_ms=1.0,
    )
    return RunFinished("", result, is_spent=is_spent)


@pytest.mark.parametrize(
    ("first", "is_replaced"),
    [
        (ended(cause=Cause.TIMEOUT), False),
        (ended(cause=Cause.TIMEOUT, is_spent=True), True),
        (ended(cause=Cause.BROWSER_CRASHED), True),
        (ended(cause=Cause.DEADLINE), True),
    ],
)
async def test_a_worker_whose_browser_is_of_no_more_use_is_killed_and_replaced(monkeypatch, first, is_replaced):
    answers = [first, ended(cause=Cause.ASSERTION)]
    started: list[Process] = []

    async def start(_module: str) -> Process:
        started.append(Process(answers))
        return started[-1]

    monkeypatch.setattr(WorkerProcess, "start", start)
    worker = JourneyWorker(ledger=NoLedger(), on_fault=lambda _: None, on_left=lambda _: None)
    results = [await worker.run(asked(), None) for _ in range(2)]
    await worker.close(grace_s=0.0)
    assert [result.cause for result, _ in results] == [first.result.cause, Cause.ASSERTION]
    assert [process.is_killed for process in started] == ([True, False] if is_replaced else [False])
