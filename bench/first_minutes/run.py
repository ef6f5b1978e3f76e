"""`python bench/first_minutes/run.py`: how long a newcomer waits, in seconds and steps.

From `leadline init NAME URL && leadline up` (two commands, one address typed) to the first run that the scheduler
started and that passed (at most 60 s); then, after one paste into the page, from the page view to the beacon in the
store's answers (at most 2 s), the page staying open. One JSON line; exits 1 above a bound.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import sync_playwright

from leadline.model import RunSource, RunStatus
from leadline.records import Records
from leadline_probes.browser import find_chromium

MOST_TO_GREEN_S, MOST_TO_BEACON_S = 60.0, 2.0
GIVE_UP_S = 180.0
COMMAND = "leadline init shop {url} && leadline up"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


class Site:
    """One page of one's own; `tag` is what was pasted into it."""

    def __init__(self) -> None:
        site = self

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>Shop</title>{site.tag}<h1>Shop</h1>".encode())

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.tag = ""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"


def two_ports() -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue


def wait_for_green(home: Path) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while not (home / "records.sqlite").exists() or not has_passed(home):
        if time.monotonic() > deadline:
            raise SystemExit(f"no green run within {GIVE_UP_S:g} s")
        time.sleep(0.05)


def has_passed(home: Path) -> bool:
    records = Records.open(home / "records.sqlite")
    try:
        return any(run.status is RunStatus.PASSED and run.source is RunSource.PROBE for run in records.runs())
    finally:
        records.close()


def count_views(port: int) -> int:
    sql = "SELECT count(*) AS n FROM page_views WHERE user_agent_synthetic_type IS NULL"
    asked = Request(
        f"http://127.0.0.1:{port}/v1/query",
        json.dumps({"sql": sql}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urlopen(asked, timeout=10) as answer:
        rows: list[dict[str, int]] = json.load(answer)
    return rows[0]["n"]


def seconds_to_beacon(site: Site, port: int) -> float:
    arguments = [f"--user-agent={PERSON}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
        page = browser.new_page()
        page.goto(site.url)
        began = time.monotonic()
        while count_views(port) == 0:
            if time.monotonic() - began > GIVE_UP_S:
                raise SystemExit(f"no beacon within {GIVE_UP_S:g} s")
            time.sleep(0.05)
        took = time.monotonic() - began
        browser.close()
    return took


def end_all(up: subprocess.Popen[bytes]) -> None:
    """The shell ends at once, what it started within ten seconds."""
    os.killpg(up.pid, signal.SIGTERM)
    up.wait(20)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(up.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(up.pid, signal.SIGKILL)


def main() -> int:
    site, port = Site(), two_ports()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "up.log").open("wb")  # noqa: SIM115  # closed with the processes that write to it
        began = time.monotonic()
        up = subprocess.Popen(
            ["sh", "-c", COMMAND.format(url=site.url)],
            cwd=folder, env={**os.environ, "PATH": path, "LEADLINE_PORT": str(port)},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            wait_for_green(Path(folder) / ".leadline")
            to_green_s = time.monotonic() - began
            printed = subprocess.run(
                ["leadline", "snippet", "--version", "1.0.0"], cwd=folder, env={**os.environ, "PATH": path},
                capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            tag = re.search(r"<script .*</script>", printed)
            assert tag is not None
            site.tag = tag[0]
            to_beacon_s = seconds_to_beacon(site, port)
        finally:
            log.close()
            end_all(up)
    told = {
        "commands_typed": COMMAND.count("leadline "),
        "addresses_typed": COMMAND.count("{url}"),
        "to_first_green_run_s": round(to_green_s, 1),
        "at_most_s": MOST_TO_GREEN_S,
        "pastes": 1,
        "page_view_to_beacon_shown_s": round(to_beacon_s, 2),
        "beacon_at_most_s": MOST_TO_BEACON_S,
    }
    print(json.dumps(told))
    return 0 if to_green_s <= MOST_TO_GREEN_S and to_beacon_s <= MOST_TO_BEACON_S else 1


if __name__ == "__main__":
    sys.exit(main())
