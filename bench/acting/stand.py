"""The setting of these measurements: a home with an armed gate, a rollback that may act, and the users' side.

The runner is the scheduler's own; it is forked from a process that has its imports, so that a kill costs milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from leadline.clock import now
from leadline.guard.sides import rules_of
from leadline.guard.verification import Verifier
from leadline.incidents import Routing
from leadline.model import Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline.settings.gate_hooks import act_order
from leadline_scheduler.hook_runner import HookRunner
from leadline_scheduler.records_thread import RecordsThread

ROUTING = Routing(targets=("oncall",))
# Users get the old version once the target has done what it was asked, as a real one does.
SITE = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("X-App-Version", "1.4.2" if Path(sys.argv[1]).exists() else "1.5.0")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
print(server.server_address[1], flush=True)
server.serve_forever()
"""
# The target de-duplicates by the key, and notes each key that it has seen.
HOOK = '#!/bin/sh\necho "$LEADLINE_IDEMPOTENCY_KEY" >> keys\ntouch undone\n'


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The address at which users get the app."""
    command = [sys.executable, "-c", SITE, str(folder / "undone")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def make_home(folder: Path, url: str) -> Settings:
    """Armed, with one hook that takes some milliseconds."""
    (folder / "undo.sh").write_text(HOOK)
    (folder / "undo.sh").chmod(0o755)
    (folder / "leadline.toml").write_text(
        f'[[app]]\nname = "shop"\nbase_url = "{url}"\n[[gate]]\napp = "shop"\narmed = true\non_rollback = ["undo"]\n'
        '[[hook]]\nname = "undo"\nkind = "command"\ncommand = ["./undo.sh"]\ntimeout = "20s"\n'
    )
    settings = load_settings(folder / "leadline.toml")
    settings.paths.create_folders()
    return settings


def roll_back(records: Records, settings: Settings) -> None:
    """A verdict that may act, as the judge commits it."""
    at = now()
    verdict = Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(VerdictReason(code="worse", text="1.5.0 sells less"),),
        sentence="Roll back 1.5.0: it sells less than 1.4.2.",
        decided_at=at,
        since=at - timedelta(hours=1),
        may_act=True,
    )
    acts = rules_of(act_order(settings, "shop"), is_armed=True)
    records.commit_verdict(verdict, environment="production", routing=ROUTING, now=at, acts=acts)


async def act_until_over(folder: Path) -> None:
    """A scheduler's start, as far as hooks go, until the action has ended."""
    settings = load_settings(folder / "leadline.toml")
    records, thread = Records.open(settings.paths.records), RecordsThread()
    records.end_leases(now())
    runner = HookRunner(
        settings,
        records=records,
        thread=thread,
        routing=lambda: ROUTING,
        verifier=Verifier(),
        owner=f"bench-{os.getpid()}",
        wall=now,
        steady=now,
        jitter=lambda: -1.0,
        on_pages_due=lambda: None,
    )
    running = asyncio.create_task(runner.run())
    while not records.actions(states=["verified", "failed"]):
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await runner.flush()
    thread.close()
    records.close()


def keys_seen(folder: Path) -> list[str]:
    """Keys that the target was called with, one for each call."""
    noted = folder / "keys"
    return noted.read_text().split() if noted.exists() else []
