"""Records on a real disk, and results of which a test shows only what matters."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.incidents import Judgement, Routing
from leadline.model import (
    Cause,
    Evidence,
    Kpi,
    OwedKind,
    Receipt,
    RunResult,
    RunStatus,
    StepResult,
    StepStatus,
)
from leadline.records import Claimed, Records

NOON = datetime(2026, 11, 24, 14, 2, 5, tzinfo=UTC)
ACCEPTED = Receipt(is_accepted=True, duration_ms=20.0)


class Told:
    """Records together with a clock that is turned, and the few things that tests do over and over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = Records.open(path)
        self.now = NOON
        self.targets: list[str] = ["oncall"]
        self._runs = 0

    def turn(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def result(self, status: str, **fields: Any) -> RunResult:
        self._runs += 1
        has_failed = status == "failed"
        run_id = fields.get("run_id", f"run-{self._runs}")
        told: dict[str, Any] = {
            "run_id": run_id,
            "monitor": "journey",
            "name": "checkout",
            "app": "shop",
            "status": RunStatus(status),
            "started_at": self.now,
            "finished_at": self.now + timedelta(seconds=3),
            "duration_ms": 3000.0,
            "cohort": "canary",
            "scheduled_at": self.now,
            "cause": Cause.ASSERTION if has_failed else None,
            "failed_step": "pay" if has_failed else None,
            "error_message": "expected it" if has_failed else None,
            "service_version": "1.5.0",
            "steps": (
                StepResult(
                    step="pay",
                    status=StepStatus.FAILED if has_failed else StepStatus.PASSED,
                    started_at=self.now,
                    duration_ms=9.5,
                    budget_ms=2000.0,
                    service_version="1.5.0",
                ),
            ),
            "kpis": (Kpi(name="total", value=42.5, step="pay"),),
            "evidence": (Evidence(kind="screenshot", path=f"d/{run_id}/screenshot.png", size_bytes=7),)
            if has_failed
            else (),
        }
        return RunResult(**{**told, **fields})

    def commit(self, status: str, *, confirm: int = 1, **fields: Any) -> Judgement:
        self.turn(seconds=5)
        how = {name: fields.pop(name) for name in ("shared_cause", "quiet", "hold") if name in fields}
        return self.hand_in(self.result(status, **fields), confirm=confirm, **how)

    def hand_in(self, result: RunResult, *, confirm: int = 1, **how: Any) -> Judgement:
        return self.records.commit_result(
            result,
            confirm=confirm,
            severity="critical",
            routing=Routing(targets=tuple(self.targets)),
            now=self.now,
            **how,
        )

    def claim(
        self,
        *,
        owner: str = "one",
        limit: int = 100,
        lease_s: float = 16.0,
        exclude: tuple[str, ...] = (),
        kind: OwedKind = "target",
        **told: Any,
    ) -> list[Claimed]:
        return self.records.claim_due(
            owner=owner, now=self.now, lease_s=lease_s, limit=limit, exclude_targets=exclude, kind=kind, **told
        )

    def accept(self, claimed: Claimed) -> None:
        self.records.record_receipt(claimed.notification.notification_id, ACCEPTED, now=self.now, next_attempt_at=None)

    def refuse(
        self, claimed: Claimed, *, after_s: float = 1.0, give_up: bool = False, may_have_arrived: bool = False
    ) -> None:
        receipt = Receipt(is_accepted=False, duration_ms=5.0, reason="error=500", may_have_arrived=may_have_arrived)
        self.records.record_receipt(
            claimed.notification.notification_id,
            receipt,
            now=self.now,
            next_attempt_at=self.now + timedelta(seconds=after_s),
            give_up=give_up,
            attempt=claimed.notification.attempts,
        )

    def ledger(self) -> set[tuple[str, str, str]]:
        return {(str(n.transition), n.target, str(n.state)) for n in self.records.notifications()}


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once; a copy of it costs less than the migration."""
    path = tmp_path_factory.mktemp("empty") / "records.sqlite"
    Records.open(path).close()
    return path


@pytest.fixture
def make_told(tmp_path: Path, empty_records: Path) -> Iterator[Callable[[], Told]]:
    made: list[Told] = []

    def make() -> Told:
        path = tmp_path / str(len(made)) / "records.sqlite"
        path.parent.mkdir()
        shutil.copy(empty_records, path)
        made.append(Told(path))
        return made[-1]

    yield make
    for one in made:
        one.records.close()


@pytest.fixture
def told(make_told: Callable[[], Told]) -> Told:
    return make_told()


@pytest.fixture
def load_sequence() -> Callable[[int, int], list[RunResult]]:
    """The seeded results that paging_process.py hands in."""
    spec = importlib.util.spec_from_file_location("paging_process", Path(__file__).with_name("paging_process.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sequence: Callable[[int, int], list[RunResult]] = module.results
    return sequence


@pytest.fixture
def reopened(told: Told) -> Callable[[], Records]:
    """The same file as another process would see it."""
    opened: list[Records] = []

    def reopen() -> Records:
        opened.append(Records.open(told.path))
        return opened[-1]

    return reopen
