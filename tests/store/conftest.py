"""A home of its own, the store service as a real process on it, and a beacon log and records to fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filled_homes import StoreService, append_to_log, encode_beacon, wait_until

from leadline.incidents import Routing
from leadline.model import RunResult, RunStatus
from leadline.records import Records
from leadline.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text('[[app]]\nname = "shop"\nkpis = ["bought"]\n')
    loaded = load_settings(file)
    loaded.paths.create_folders()
    return loaded


@pytest.fixture
def service(settings: Settings) -> Iterator[StoreService]:
    """Not started."""
    running = StoreService(settings.file, settings)
    yield running
    running.kill()


@pytest.fixture
def records(settings: Settings) -> Iterator[Records]:
    opened = Records.open(settings.paths.records)
    yield opened
    opened.close()


@pytest.fixture
def beacon() -> Callable[..., bytes]:
    """One record of the log, received now; keywords are the beacon's."""

    def build(**fields: Any) -> bytes:
        return encode_beacon("shop", **fields)

    return build


@pytest.fixture
def append(settings: Settings) -> Callable[[Sequence[bytes]], None]:
    """Writes records to the beacon log as a collector would."""

    def run(bodies: Sequence[bytes]) -> None:
        append_to_log(settings, bodies)

    return run


@pytest.fixture
def run_result() -> Callable[..., RunResult]:
    def build(**fields: Any) -> RunResult:
        began = datetime.now(UTC) - timedelta(seconds=3)
        said: dict[str, Any] = {
            "run_id": "run-1", "monitor": "journey", "name": "buy", "app": "shop", "status": RunStatus.FAILED,
            "started_at": began, "finished_at": began + timedelta(seconds=2), "duration_ms": 2000.0,
            "service_version": "1.5.0", "cohort": "canary", "error_message": "no thanks",
        }  # fmt: skip
        return RunResult(**{**said, **fields})

    return build


@pytest.fixture
def commit(records: Records) -> Callable[..., None]:
    """Commits a result that opens an incident at once when it failed."""

    def run(result: RunResult, targets: Sequence[str] = ("oncall",)) -> None:
        records.commit_result(
            result, confirm=1, severity="critical", routing=Routing(targets=tuple(targets)), now=datetime.now(UTC)
        )

    return run


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Polls until true, within so many seconds."""

    def run(ask: Callable[[], Any], within_s: float = 30) -> Any:
        return wait_until("what was waited for", ask, within_s=within_s)

    return run
