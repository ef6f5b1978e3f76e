"""A home of its own, the web service as a real process on it, and a beacon log and records to fill."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from filled_homes import StoreService, wait_until
from home_fixtures import append as append
from home_fixtures import beacon as beacon
from home_fixtures import commit as commit
from home_fixtures import records as records
from home_fixtures import wait as wait
from problem_contract import holding_client
from warm import Warm

from leadline.model import Evidence, RunResult, RunStatus, StepResult, StepStatus
from leadline.settings import Settings, load_settings

RUN_WEB = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_web.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""

APPS = [f"shop{number}" for number in range(40)]
TOML = '[web]\nlisten = "127.0.0.1:0"\n' + "".join(
    f'[[app]]\nname = "{app}"\nkeys = ["pk_{app}"]\nkpis = ["bought"]\n' for app in APPS
)
# Over again from file to file: each has a home of its own, and fewer tests than there are apps.
_unused = cycle(APPS)


@dataclass
class Web:
    """The service as a process; `client` asks it."""

    settings_file: Path
    settings: Settings
    process: Warm | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    url: str = ""

    def __post_init__(self) -> None:
        self.store = StoreService(self.settings_file, self.settings)
        self.log = self.settings_file.parent / "web.log"

    def start(self, *, until_ready: bool = True) -> None:
        """Web, and the store service beside it; waits for both if `until_ready`."""
        self.store.start(until_open=until_ready)
        environ = {"LEADLINE_PARENT_PID": str(os.getpid())}
        self.process = Warm(RUN_WEB, str(self.settings_file), environ=environ, log=self.log)
        announced = self.settings.paths.run / "web.json"
        wait_until("web says where it is", announced.exists)
        self.url = json.loads(announced.read_text())["url"]
        self.client = holding_client(base_url=self.url, timeout=30)
        wait_until("web answers", lambda: self.client.get("/healthz").status_code == 200)
        if until_ready:
            wait_until("web is ready", lambda: self.client.get("/readyz").json().get("store") == "up")

    def rows(self, sql: str) -> list[dict[str, Any]]:
        answer = self.client.post("/v1/query", json={"sql": sql})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.client.close()
        assert self.store.stop() == 0
        return code

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        self.store.kill()
        self.client.close()


def _home(folder: Path) -> tuple[Path, Settings]:
    file = folder / "leadline.toml"
    file.write_text(TOML)
    settings = load_settings(file)
    settings.paths.create_folders()
    return file, settings


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One service for the tests of a file; each test has an app of its own."""
    service = Web(*_home(tmp_path_factory.mktemp("home")))
    service.start()
    yield service
    service.end()


@pytest.fixture
def own_web(tmp_path: Path) -> Iterator[Web]:
    """A service, not started, that a test may stop and kill."""
    service = Web(*_home(tmp_path))
    yield service
    service.end()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    """Of the home that the test works on."""
    name = "own_web" if "own_web" in request.fixturenames else "web"
    found: Settings = request.getfixturevalue(name).settings
    return found


@pytest.fixture
def app() -> str:
    """An app that no other test of the file has used."""
    return next(_unused)


@pytest.fixture
def run_result(app: str) -> Callable[..., RunResult]:
    def build(**fields: Any) -> RunResult:
        began = datetime.now(UTC) - timedelta(seconds=3)
        said: dict[str, Any] = {
            "run_id": f"run-{app}", "monitor": "journey", "name": f"buy-{app}", "app": app, "status": RunStatus.FAILED,
            "started_at": began, "finished_at": began + timedelta(seconds=2), "duration_ms": 2000.0,
            "service_version": "1.5.0", "cohort": "canary", "error_message": "no <b>thanks</b>",
            "steps": (StepResult(step="pay", status=StepStatus.FAILED, started_at=began, duration_ms=900.0),),
        }  # fmt: skip
        return RunResult(**{**said, **fields})

    return build


@pytest.fixture
def screenshot(settings: Settings, app: str) -> Evidence:
    folder = settings.paths.evidence / "2026-11-24" / f"run-{app}"
    folder.mkdir(parents=True)
    (folder / "screenshot.png").write_bytes(b"\x89PNG\r\n")
    return Evidence(kind="screenshot", path=f"2026-11-24/run-{app}/screenshot.png", size_bytes=6)
