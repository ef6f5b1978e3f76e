"""A home with a past, the real web service on it, and a real Chromium that looks."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import struct
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Page
from story.world import wait_until
from warm import COMMAND, Warm

from leadline import clock
from leadline.beaconlog import LogWriter
from leadline.incidents import Routing
from leadline.model import Cause, Deployment, Evidence, RunResult, RunStatus, StepResult, StepStatus
from leadline.records import Records
from leadline.settings import load_settings
from leadline.wire import Beacon, BeaconError, BeaconEvent, LoggedBeacon, Vitals, encode_logged

REPOSITORY = Path(__file__).parents[2]
AXE = REPOSITORY / "web" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

PHONE = PERSON.replace("X11; Linux x86_64", "Linux; Android 15; Pixel 9").replace("Safari", "Mobile Safari")


def picture() -> bytes:
    """A grey PNG of 320 × 200 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + b"\xb0" * 320 for _ in range(200))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 200, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class Home:
    """A folder with a leadline.toml; what it is given is written through the real rooms."""

    folder: Path
    port: int
    app: str = "shop"
    app_more: str = ""
    collector_port: int | None = None
    process: Warm | None = None
    store: Warm | None = None
    collector: Warm | None = None
    records: Records | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        collector = f'[collector]\nlisten = "127.0.0.1:{self.collector_port}"\n' if self.collector_port else ""
        (self.folder / "leadline.toml").write_text(
            f'{collector}[web]\nlisten = "127.0.0.1:{self.port}"\n[[app]]\nname = "{self.app}"\nkeys = ["pk_shop"]\n'
            f'kpis = ["bought"]\n{self.app_more}\n[notify]\ntargets = {{ oncall = "json://127.0.0.1:9/" }}\n'
        )
        self.settings = load_settings(self.folder / "leadline.toml")
        self.settings.paths.create_folders()
        self.records = Records.open(self.settings.paths.records)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(
        self, name: str, status: RunStatus = RunStatus.PASSED, *, at: datetime | None = None, **more: Any
    ) -> RunResult:
        """Commits one run as the scheduler would."""
        assert self.records is not None
        moment = at or clock.now()
        run_id = more.pop("run_id", None) or clock.new_id()
        if status is RunStatus.FAILED:
            shot = self.settings.paths.evidence / "2026-01-01" / run_id / "screenshot.png"
            shot.parent.mkdir(parents=True, exist_ok=True)
            shot.write_bytes(picture())
            path = shot.relative_to(self.settings.paths.evidence).as_posix()
            more = {
                "evidence": (Evidence(kind="screenshot", path=path, size_bytes=shot.stat().st_size),),
                "cause": Cause.ASSERTION,
                "failed_step": "pay",
                "error_message": "Thank you is not visible",
            } | more
        step = StepResult(
            step="home", status=StepStatus.PASSED, started_at=moment, duration_ms=120, service_version="1.4.2"
        )
        result = RunResult(
            run_id=run_id,
            name=name,
            app=self.app,
            status=status,
            started_at=moment,
            finished_at=moment + timedelta(milliseconds=400),
            duration_ms=400,
            **({"monitor": "journey", "steps": (step,)} | more),
        )
        self.records.commit_result(
            result, confirm=2, severity="critical", routing=Routing(targets=("oncall",)), now=moment
        )
        return result

    def fail(self, name: str, **more: Any) -> None:
        """A failure that is confirmed: an incident opens."""
        first = self.run(name, RunStatus.FAILED, **more)
        self.run(name, RunStatus.FAILED, confirms_run_id=first.run_id, **more)

    def beacons(self, beacons: list[Beacon]) -> None:
        now_ms = clock.now_ms()
        self.log([self._logged(beacon, now_ms) for beacon in beacons])

    def log(self, logged: list[LoggedBeacon]) -> None:
        # In a thread: the test's own loop runs in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._append(logged)).result()

    def _logged(self, beacon: Beacon, received_ms: int, user_agent: str = PERSON) -> LoggedBeacon:
        return LoggedBeacon(
            app=self.app, environment="production", received_at_ms=received_ms, beacon=beacon, user_agent=user_agent
        )

    async def _append(self, logged: list[LoggedBeacon]) -> None:
        writer = LogWriter(self.settings.paths.beacon_log)
        await writer.start()
        await asyncio.gather(*(writer.append(encode_logged(one)) for one in logged))
        await writer.close()

    def visit(self, version: str, sessions: int, *, buying: float, lcp_ms: float, over_minutes: int = 0) -> None:
        """Sessions of one view each: all of them now, or evenly over the last minutes."""
        chance, now_ms = random.Random(version), clock.now_ms()
        self.log(
            [
                self._logged(
                    Beacon(
                        key="pk_shop",
                        page_view_id=f"{version}-{number}",
                        session_id=f"s-{version}-{number}",
                        service_version=version,
                        vitals=Vitals(
                            lcp_ms=lcp_ms * chance.lognormvariate(0, 0.3),
                            inp_ms=90 * chance.lognormvariate(0, 0.4),
                            ttfb_ms=180 * chance.lognormvariate(0, 0.3),
                            cls=0.02 * chance.lognormvariate(0, 0.5),
                        ),
                        events=[BeaconEvent(name="bought", value=9.5)] if chance.random() < buying else None,
                    ),
                    now_ms - over_minutes * 60_000 * (sessions - number) // sessions,
                )
                for number in range(sessions)
            ]
        )

    def deploy(self, version: str, *, minutes_ago: int) -> None:
        """Registers a version, as `leadline deploy mark` does."""
        assert self.records is not None
        self.records.mark_deployment(
            Deployment(
                deployment_id=clock.new_id(),
                app=self.app,
                environment="production",
                service_version=version,
                cohort=None,
                commit=None,
                deployed_at=clock.now() - timedelta(minutes=minutes_ago),
                marked_by="test",
            )
        )

    def release(self, *, minutes: int, per_minute: int) -> None:
        """1.5.0 beside 1.4.2 until now: it fails on /checkout, and sells more, though its totals say less.

        The baseline's sessions are mostly on desktops, which buy more, the canary's mostly on phones.
        """
        chance, now_ms, logged = random.Random(7), clock.now_ms(), []
        self.deploy("1.4.2", minutes_ago=minutes + 30)
        self.deploy("1.5.0", minutes_ago=minutes)
        for number in range(minutes * per_minute * 2):
            version, route = ("1.4.2", "1.5.0")[number % 2], ("/", "/product", "/checkout")[number // 2 % 3]
            is_canary = version == "1.5.0"
            is_phone = chance.random() < (0.85 if is_canary else 0.15)
            fails = chance.random() < (0.25 if is_canary and route == "/checkout" else 0.01)
            buys = chance.random() < (0.1 if is_phone else 0.6) * (1.5 if is_canary else 1.0)
            at_ms = now_ms - minutes * 60_000 + number * 60_000 // (per_minute * 2)
            beacon = Beacon(
                key="pk_shop",
                page_view_id=f"r{number}",
                session_id=f"rs{number}",
                service_version=version,
                started_at=at_ms - 1000,
                route=route,
                vitals=Vitals(lcp_ms=1200 * chance.lognormvariate(0, 0.3)),
                errors=[BeaconError(message="x is undefined", error_type="TypeError", at_ms=1)] if fails else None,
                events=[BeaconEvent(name="bought", value=9.5, at_ms=2)] if buys else None,
            )
            logged.append(self._logged(beacon, at_ms, PHONE if is_phone else PERSON))
        self.log(logged)

    def serve(self) -> None:
        """Starts the store service and web."""
        self.store = Warm(COMMAND, "store", cwd=self.folder)
        self.process = Warm(COMMAND, "web", cwd=self.folder)
        wait_until("web is ready", self._is_ready, within_s=90)

    def _is_ready(self) -> bool:
        for service in (self.process, self.store):
            assert service is not None
            assert service.poll() is None, f"a service ended with {service.returncode}"
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(json.load(answer)["store"] == "up")
        except OSError:
            return False

    def collect(self) -> None:
        """Starts the collector beside the web service."""
        self.collector = Warm(COMMAND, "collector", cwd=self.folder)
        wait_until("the collector answers", self._collects, within_s=30)

    def _collects(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.collector_port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        running = [each for each in (self.process, self.store) if each is not None and each.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(timeout=60)

    def close(self) -> None:
        self.stop()
        if self.collector is not None:
            self.collector.terminate()
            self.collector.wait(timeout=15)
        if self.records is not None:
            self.records.close()


@dataclass
class Look:
    """A page of the dashboard, and everything that its console said."""

    page: Page
    said: list[str] = field(default_factory=list)


async def violations(shown: Look) -> list[str]:
    """What axe finds wrong, each with its first element."""
    await shown.page.evaluate(AXE.read_text())
    found = await shown.page.evaluate("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    return list(found)
