"""From incidents to accepted pages: 500 monitors of one host, of 500 hosts, and one by one. Beside Alertmanager.

    python bench/pages/run.py [--monitors 500] [--singly 200]

The real scheduler process runs a check for each monitor against real sockets. For "at once", the sites refuse from one
moment on and every check is asked to run in it (as `leadline trigger` does). Measured is from the first incident's
opening to the acceptance of the last page, by the ledger. Exits with 1 where a figure is missed. Alertmanager, where it
is installed, is told of as many alerts by its API in the same run; it judges nothing and commits nothing: the floor.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from alertmanager import Hook, find_alertmanager, running
from world import Receiver, Sites, Watching, wait_until, write_config

from leadline.model import Notification, TransitionKind

ONE_HOST_S, MANY_HOSTS_S = 5.0, 10.0
P95_S, P99_S = 1.0, 3.0
STORM_LIMIT = 10
# Spread over so long, what is measured one by one is not a crowd.
EVERY_SINGLY_S = 20


@dataclass
class Figure:
    """One line of the table: our figure, whether it is within its bound, and Alertmanager's."""

    name: str
    seconds: float
    said: str
    holds: bool
    alertmanager_s: float | None = None

    def write(self) -> str:
        beside = ""
        if self.alertmanager_s is not None:
            beside = f"; Alertmanager {self.alertmanager_s:.2f} s, {self.seconds / self.alertmanager_s:.1f} x"
        return f"{'reached' if self.holds else 'MISSED '}  {self.name}: {self.said}{beside}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--monitors", type=int, default=500)
    parser.add_argument("--singly", type=int, default=200)
    options = parser.parse_args()
    program = find_alertmanager()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, Alertmanager {program or 'not installed'}")
    figures = []
    for figure in (
        lambda: fail_at_once(options.monitors, hosts=1, program=program),
        lambda: fail_at_once(options.monitors, hosts=options.monitors, program=program),
        lambda: fail_singly(options.singly, program=program),
    ):
        figures.append(figure())
        print(figures[-1].write(), flush=True)
    return 0 if all(one.holds for one in figures) else 1


def fail_at_once(monitors: int, *, hosts: int, program: str | None) -> Figure:
    sites = Sites(["127.0.0.1"] if hosts == 1 else [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(hosts)])
    urls = [f"{sites.urls[number % hosts]}/{number}" for number in range(monitors)]
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(urls, receiver.address, every="60s", notify=f"storm_limit = {STORM_LIMIT}")
        watching = Watching(Path(folder), config)
        try:
            watching.start()
            watching.wait_until_running()
            sites.die()
            broken_at = time.monotonic()
            watching.run_all_now()
            wait_for_all(watching, monitors)
            rows = accepted(watching.ledger())
        finally:
            watching.stop()
        first_at = min(row.created_at for row in rows)
        took_s = max((row.accepted_at - first_at).total_seconds() for row in rows if row.accepted_at)
        downs = [(at, title) for at, title, *_ in receiver.messages if title.startswith("DOWN")]
        reference_s = alert_at_once(monitors, hosts, program, Path(folder)) if program else None
    bound_s, most = (ONE_HOST_S, 1) if hosts == 1 else (MANY_HOSTS_S, STORM_LIMIT)
    busiest = max(sum(0 <= at - began < 10 for at, _ in downs) for began, _ in downs)
    said = (
        f"{len(downs)} pages (at most {most}; {busiest} in the fullest 10 s), last {downs[-1][1]!r}, accepted after "
        f"{took_s:.2f} s (at most {bound_s:g}), {downs[-1][0] - broken_at:.2f} s after the break"
    )
    holds = took_s <= bound_s and (len(downs) == 1 if hosts == 1 else busiest <= most)
    return Figure(f"{monitors} monitors of {hosts} host{'s'[: hosts > 1]}", took_s, said, holds, reference_s)


def fail_singly(monitors: int, *, program: str | None) -> Figure:
    """Each of an address of its own that answers 500, spread over an interval, each a page."""
    sites, receiver = Sites(["127.0.0.1"]), Receiver()
    urls = [f"{sites.urls[0]}/{number}" for number in range(monitors)]
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(urls, receiver.address, every=f"{EVERY_SINGLY_S}s", notify="storm_limit = 1000")
        watching = Watching(Path(folder), config)
        try:
            watching.start()
            watching.wait_until_running()
            # At a start all run within a second; from then on each has a moment of its own.
            wait_until(lambda: watching.judged() >= monitors, "each check ran once", look_every_s=0.5)
            sites.broken = True
            wait_for_all(watching, monitors)
            rows = accepted(watching.ledger())
        finally:
            watching.stop()
        waits = sorted((row.accepted_at - row.created_at).total_seconds() for row in rows if row.accepted_at)
        reference_s = alert_singly(monitors, program, Path(folder)) if program else None
    p95, p99 = share(waits, 0.95), share(waits, 0.99)
    said = (
        f"{len(waits)} pages, p50 {share(waits, 0.5):.3f} s, p95 {p95:.3f} s (at most {P95_S:g}), p99 {p99:.3f} s "
        f"(at most {P99_S:g})"
    )
    return Figure("incident open to accepted", p95, said, p95 <= P95_S and p99 <= P99_S, reference_s)


def wait_for_all(watching: Watching, monitors: int) -> None:
    """Until each has an opening that was accepted. Looks seldom: reading the ledger costs what is measured."""
    wait_until(lambda: len(accepted(watching.ledger())) >= monitors, "every opening was accepted", look_every_s=1.0)


def accepted(rows: Sequence[Notification]) -> list[Notification]:
    """One row for each incident whose opening was accepted."""
    found = [one for one in rows if one.transition is TransitionKind.OPEN and one.accepted_at is not None]
    twice = [which for which, count in Counter(one.incident_id for one in found).items() if count > 1]
    assert not twice, f"opened twice: {twice}"
    return found


def alert_at_once(monitors: int, hosts: int, program: str, folder: Path) -> float:
    """From the alerts to the webhook that tells of the last of them."""
    hook = Hook()
    with running(program, folder / "alertmanager", hook, group_by="host", group_wait="2s") as peer:
        began_s = time.monotonic()
        peer.post([{"alertname": "down", "host": f"h{n % hosts}", "monitor": f"c{n}"} for n in range(monitors)])
        wait_until(lambda: sum(firing for _, firing, _ in hook.told) >= monitors, "Alertmanager told of all")
        return max(at for at, _, _ in hook.told) - began_s


def alert_singly(monitors: int, program: str, folder: Path) -> float:
    """The p95 of alerts that come one by one, with no wait for others."""
    hook, waits = Hook(), list[float]()
    with running(program, folder / "alertmanager", hook, group_by="monitor", group_wait="0s") as peer:
        for number in range(monitors):
            began_s = time.monotonic()
            peer.post([{"alertname": "down", "monitor": f"c{number}"}])
            wait_until(lambda wanted=number + 1: len(hook.told) >= wanted, "Alertmanager told of it")
            waits.append(hook.told[-1][0] - began_s)
            time.sleep(timedelta(seconds=EVERY_SINGLY_S).total_seconds() / monitors)
    return share(sorted(waits), 0.95)


def share(ordered: Sequence[float], ratio: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * ratio))]


if __name__ == "__main__":
    sys.exit(main())
