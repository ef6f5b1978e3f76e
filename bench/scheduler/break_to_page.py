"""From a break in production to a page that its target has accepted, with the real scheduler process.

    python bench/scheduler/break_to_page.py [--every 2s] [--rounds 10]

A site answers 200, then 500 at one path; a json:// receiver notes when a page arrives. Each round breaks a path and
check of its own: what fails soon again is the same incident, and rings no second time. Prints one JSON line: how long
from break to page, against the bound of interval + the failing run + `confirm_after` (5 s, or the interval where that
is shorter) + its re-run + 1 s, and, within it, from the incident's opening to acceptance (p95 at most 1 s). Exits with
1 where a bound is broken. The reference is what no scheduler can beat: the same two requests and one post by hand.
"""

from __future__ import annotations

import argparse
import http.server
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from leadline.model import TransitionKind
from leadline.records import Records
from leadline.settings import parse_duration_s
from leadline_scheduler.monitors import CONFIRM_AFTER_S

START = (
    "import sys; from pathlib import Path; from leadline.settings import load_settings; "
    "from leadline_scheduler.service import main; sys.exit(main(load_settings(Path(sys.argv[1]))))"
)


class World:
    """The site and the receiver."""

    def __init__(self) -> None:
        self.broken_path: str | None = None
        self.pages: list[tuple[float, str]] = []
        world = self

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(500 if self.path == world.broken_path else 200)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                world.pages.append((time.monotonic(), body["title"]))
                self.answer(200)

            def answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{server.server_address[1]}"

    def wait_for_page(self, title: str) -> float:
        give_up_at = time.monotonic() + 60
        while True:
            for arrived_at, found in self.pages:
                if found.startswith(title):
                    return arrived_at
            assert time.monotonic() < give_up_at, f"no page {title!r} in {[found for _, found in self.pages]}"
            time.sleep(0.002)


# The aim of the project, for the slowest of twenty pages; the README has the measured figure.
MOST_OPENED_TO_ACCEPTED_S = 1.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", default="2s")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    world = World()
    by_hand_ms = sorted(page_by_hand(world) for _ in range(20))[10]
    world.pages.clear()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "leadline.toml"
        config.write_text(
            f'[[app]]\nname = "shop"\n[notify]\ntargets = {{ oncall = "json://{world.address}/" }}\n'
            + "".join(
                f'[[check]]\nname = "front{number}"\napp = "shop"\nurl = "http://{world.address}/{number}"\n'
                f'every = "{options.every}"\n'
                for number in range(options.rounds)
            )
        )
        scheduler = subprocess.Popen([sys.executable, "-c", START, str(config)], stderr=subprocess.DEVNULL)
        records_file = Path(folder) / ".leadline" / "records.sqlite"
        try:
            wait_for_first_run(records_file)
            to_page_s = [break_and_heal(world, round_number) for round_number in range(options.rounds)]
        finally:
            scheduler.send_signal(signal.SIGTERM)
            scheduler.wait(10)
        opened_to_accepted_s, runs_ms = read_ledger(records_file)
    every_s = parse_duration_s(options.every)
    bound_s = every_s + min(every_s, CONFIRM_AFTER_S) + 2 * max(runs_ms) / 1000 + 1
    opened_to_accepted = spread(opened_to_accepted_s)
    broken = [
        *[f"break to page took {one:.2f} s of {bound_s:.2f}" for one in to_page_s if one > bound_s],
        *([] if opened_to_accepted["p95"] <= MOST_OPENED_TO_ACCEPTED_S else ["opened to accepted took over 1 s"]),
        *([] if len(opened_to_accepted_s) >= options.rounds else ["not every round's page was accepted"]),
    ]
    print(
        json.dumps(
            {
                "date": time.strftime("%Y-%m-%d"),
                "rounds": options.rounds,
                "break_to_page_s": spread(to_page_s),
                "bound_s": round(bound_s, 2),
                "within_bound": sum(one <= bound_s for one in to_page_s),
                "opened_to_accepted_s": opened_to_accepted,
                "by_hand_ms": round(by_hand_ms, 1),
            }
        )
    )
    for said in broken:
        print(said, file=sys.stderr)
    return 1 if broken else 0


def page_by_hand(world: World) -> float:
    """Two failing requests and one post, in ms: the reference."""
    world.broken_path = "/"
    began = time.monotonic()
    for _ in range(2):
        try:
            urlopen(f"http://{world.address}/")
        except HTTPError as error:
            error.close()
    post = Request(f"http://{world.address}/", data=b'{"title": "by hand"}', method="POST")
    urlopen(post).close()
    world.broken_path = None
    return (time.monotonic() - began) * 1000


def wait_for_first_run(records_file: Path) -> None:
    while True:
        time.sleep(0.2)
        if records_file.exists():
            records = Records.open(records_file)
            try:
                if records.runs():
                    return
            finally:
                records.close()


def break_and_heal(world: World, number: int) -> float:
    time.sleep(0.37 * (number % 5))  # so that the break falls at different places of the interval
    world.broken_path = f"/{number}"
    broken_at = time.monotonic()
    took = world.wait_for_page(f"DOWN shop front{number}") - broken_at
    world.broken_path = None
    world.wait_for_page(f"UP shop front{number}")
    return took


def read_ledger(records_file: Path) -> tuple[list[float], list[float]]:
    records = Records.open(records_file)
    try:
        opened = [row for row in records.notifications() if row.transition is TransitionKind.OPEN]
        waits = [(row.accepted_at - row.created_at).total_seconds() for row in opened if row.accepted_at]
        return waits, [run.duration_ms for run in records.runs(limit=1000)]
    finally:
        records.close()


def spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(ordered[len(ordered) // 2], 3),
        "p95": round(ordered[int(len(ordered) * 0.95)], 3),
        "max": round(ordered[-1], 3),
    }


if __name__ == "__main__":
    sys.exit(main())
