"""Kills -9 of the scheduler at random moments between suspicion and resolve, with three targets, two of them flaky.

    python bench/pages/killing.py [--kills 150] [--seed 1]

Each round breaks one check, kills, starts again, heals it and kills again. In the end, by what the targets themselves
took: was every opening and every end told to each (lost), was anything told twice that the ledger does not mark, did an
end come before its opening. Alertmanager, where it is installed, goes through kills at the same points beside it, with
a sender that repeats its alerts as Prometheus does. The report goes to bench/reports/. Exits with 1 where a page was
lost, came twice unmarked, or out of order.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from alertmanager import Alertmanager, Hook, find_alertmanager
from world import Receiver, Sites, Watching, wait_until

from leadline import clock
from leadline.model import IncidentState, Notification, NotificationState, TransitionKind
from leadline.records import Records

REPORTS = Path(__file__).parent.parent / "reports"
KILLS_A_ROUND = 2
# From a failing run to its re-run, the commit, the page and its receipt: kills fall in each of them.
LONGEST_WAIT_S = 4.0


@dataclass
class Found:
    """What came of the kills."""

    kills: int = 0
    openings: int = 0
    ends: int = 0
    lost: int = 0
    unmarked: int = 0
    marked: int = 0
    out_of_order: int = 0
    took_s: float = 0.0

    @property
    def holds(self) -> bool:
        return not (self.lost or self.unmarked or self.out_of_order)

    def write(self) -> str:
        return (
            f"{self.kills} kills, {self.openings} openings and {self.ends} ends owed to targets: {self.lost} lost, "
            f"{self.unmarked} twice unmarked, {self.marked} twice and marked, {self.out_of_order} out of order"
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began_s, load = time.monotonic(), os.getloadavg()[0]
    found = kill_often(options.kills, random.Random(options.seed))
    found.took_s = time.monotonic() - began_s
    print(found.write(), flush=True)
    program = find_alertmanager()
    peer = kill_alertmanager(program, min(options.kills, 40), random.Random(options.seed)) if program else None
    print(peer or "Alertmanager is not installed")
    report = REPORTS / f"{clock.now():%Y-%m-%d-%H%M}-pages-kills.md"
    report.write_text(
        f"# Kills of the scheduler, {clock.now():%Y-%m-%d %H:%M} UTC\n\n"
        f"Seed {options.seed}, {found.took_s / 60:.1f} minutes on {os.cpu_count()} cores, load {load:.1f} at the "
        f"start and {os.getloadavg()[0]:.1f} at the end, Python {platform.python_version()}, {platform.system()}.\n\n"
        f"* Leadline, three targets of which two refuse every second and every third page: {found.write()}.\n"
        f"* Alertmanager, one target that takes everything: {peer or 'not installed'}.\n"
    )
    print(f"written to {report.relative_to(REPORTS.parent.parent)}")
    return 0 if found.holds else 1


def kill_often(kills: int, chance: random.Random) -> Found:
    rounds = max(1, kills // KILLS_A_ROUND)
    sites = Sites(["127.0.0.1"])
    targets = {"steady": Receiver(), "flaky": Receiver(refuses_every=2), "shaky": Receiver(refuses_every=3)}
    with tempfile.TemporaryDirectory() as folder:
        named = ", ".join(f'{name} = "json://{one.address}/"' for name, one in targets.items())
        checks = "".join(
            f'[[check]]\nname = "c{number}"\napp = "shop"\nurl = "{sites.urls[0]}/{number}"\nevery = "2s"\n'
            for number in range(rounds)
        )
        config = f'[[app]]\nname = "shop"\n[notify]\nstorm_limit = 1000\ntargets = {{ {named} }}\n{checks}'
        watching = Watching(Path(folder), config)
        found = Found()
        try:
            watching.start()
            watching.wait_until_running()
            for number in range(rounds):
                for is_broken in (True, False):
                    (sites.failing.add if is_broken else sites.failing.discard)(f"/{number}")
                    time.sleep(chance.uniform(0, LONGEST_WAIT_S))
                    watching.kill()
                    found.kills += 1
                    watching.start()
                    watching.wait_until_running()
                    if is_broken and chance.random() < 0.8:  # else the next kill may come before the page
                        wait_until(lambda which=f"c{number}": knows(watching, which), "its incident is open")
                print(f"\r{found.kills} kills", end="", flush=True)
            print()
            wait_until(lambda: is_settled(watching), "everything is told", look_every_s=1.0)
            count_told(found, watching, targets)
        finally:
            watching.stop()
    return found


def knows(watching: Watching, name: str) -> bool:
    records = Records.open(watching.records_file)
    try:
        return any(one.subject.name == name for one in records.incidents())
    finally:
        records.close()


def is_settled(watching: Watching) -> bool:
    """Nothing is open, and nothing waits."""
    records = Records.open(watching.records_file)
    try:
        are_over = all(one.state is IncidentState.RESOLVED for one in records.incidents(limit=10_000))
    finally:
        records.close()
    waiting = {NotificationState.PENDING, NotificationState.FAILING}
    return are_over and not any(one.state in waiting for one in watching.ledger())


def count_told(found: Found, watching: Watching, targets: dict[str, Receiver]) -> None:
    """The ledger says what was owed; what the targets took says what was told."""
    rows = watching.ledger()
    for name, target in targets.items():
        mine = [row for row in rows if row.target == name]
        took = [(incident_id, transition) for _, _, _, transition, ids in target.messages for incident_id in ids]
        for row in mine:
            found.openings += row.transition is TransitionKind.OPEN
            found.ends += row.transition is TransitionKind.RESOLVE
            found.lost += not is_told(row, took)
        first = {}
        for place, one in enumerate(took):
            first.setdefault(one, place)
        for (incident_id, transition), place in first.items():
            opened = first.get((incident_id, "open"))
            found.out_of_order += transition == "resolve" and opened is not None and opened > place
        marked = {row.idempotency_key for row in mine if row.is_maybe_duplicate}
        for key, times in Counter(key for _, _, key, _, _ in target.messages).items():
            if times > 1:
                found.marked += times - 1 if key.partition("/and-")[0] in marked else 0
                found.unmarked += times - 1 if key.partition("/and-")[0] not in marked else 0


def is_told(row: Notification, took: list[tuple[str, str]]) -> bool:
    """Its own message, or the end that told it too."""
    told = (row.incident_id, str(row.transition)) in took
    return told or (row.combined_into is not None and (row.incident_id, "resolve") in took)


def kill_alertmanager(program: str, kills: int, chance: random.Random) -> str:
    hook, rounds = Hook(), max(1, kills // KILLS_A_ROUND)
    opened = ended = repeated = 0
    with tempfile.TemporaryDirectory() as folder:
        peer = Alertmanager(program, Path(folder), hook, group_by="monitor", group_wait="0s")
        try:
            peer.start()
            for number in range(rounds):
                began = len(hook.told)
                alert = [{"alertname": "down", "monitor": f"c{number}"}]
                peer.post(alert)
                time.sleep(chance.uniform(0, 1))
                peer.kill()
                peer.start()
                peer.post(alert)  # Prometheus repeats what still fires
                wait_until(lambda at=began: len(hook.told) > at, "Alertmanager told of it")
                time.sleep(chance.uniform(0, 1))
                peer.kill()  # the alert ends while it is down
                peer.start()
                peer.post(alert, ends_at=f"{clock.now():%Y-%m-%dT%H:%M:%SZ}")
                time.sleep(2)
                mine = hook.told[began:]
                fired = sum(firing > 0 for _, firing, _ in mine)
                opened, repeated = opened + (fired > 0), repeated + max(0, fired - 1)
                ended += any(resolved > 0 for _, _, resolved in mine)
        finally:
            peer.kill()
    return (
        f"{rounds * KILLS_A_ROUND} kills, {rounds} openings and {rounds} ends: {rounds - opened} openings and "
        f"{rounds - ended} ends lost, {repeated} openings twice"
    )


if __name__ == "__main__":
    sys.exit(main())
