"""A home of its own, the store service as a real process on it, and a beacon log and records to fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filled_homes import StoreService
from home_fixtures import append as append
from home_fixtures import beacon as beacon
from home_fixtures import commit as commit
from home_fixtures import records as records
from home_fixtures import wait as wait

from leadline.model import RunResult, RunStatus
from leadline.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text('[[app]]\nname = "shop"\nkpis = ["bought"]\n')
    loaded = load_settings(file)
    loaded.paths.create_folders()
    return loaded


@pytest.fixture
def app() -> str:
    return "shop"


@pytest.fixture
def service(settings: Settings) -> Iterator[StoreService]:
    """Not started."""
    running = StoreService(settings.file, settings)
    yield running
    running.kill()


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
