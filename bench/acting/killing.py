"""kill -9 of the hook runner, at seeded moments between a verdict and *verified*: one key, nothing lost, a true end.

    python bench/acting/killing.py [--kills 300] [--seed 1]

Each round commits a rollback, starts the runner and kills it three times, then lets it end. The target notes every key
that it is asked with; the page must be due once the action has ended. Exits with 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from stand import act_until_over, keys_seen, make_home, roll_back, site

from leadline import clock
from leadline.records import Records

REPORTS = Path(__file__).parent.parent / "reports"
KILLS_A_ROUND = 3
# The whole way takes about a third of a second where nothing else runs: kills fall in each part of it.
LONGEST_WAIT_S = 0.4


@dataclass
class Found:
    kills: int = 0
    rounds: int = 0
    repeats: int = 0
    after: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def write(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.after.items()))
        return (
            f"{self.kills} kills in {self.rounds} rounds (the action was then {states}); the target was asked "
            f"{self.repeats} times more than once, always with one key: {len(self.wrong)} rounds wrong"
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, found, began_s = random.Random(options.seed), Found(), time.monotonic()
    while found.kills < options.kills:
        with tempfile.TemporaryDirectory() as folder:
            _round(Path(folder), chance, found)
    print(found.write())
    for one in found.wrong:
        print(f"WRONG: {one}")
    if options.kills >= 300:
        report = REPORTS / f"{clock.now():%Y-%m-%d-%H%M}-acting-kills.md"
        report.write_text(
            f"# Kills between verdict and verified, {clock.now():%Y-%m-%d %H:%M} UTC\n\n"
            f"`python bench/acting/killing.py --kills {options.kills} --seed {options.seed}`: "
            f"{(time.monotonic() - began_s) / 60:.1f} minutes on {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {platform.system()}.\n\n"
            f"{found.write()}.\n"
        )
        print(report)
    return 1 if found.wrong else 0


def _round(folder: Path, chance: random.Random, found: Found) -> None:
    with site(folder) as url:
        settings = make_home(folder, url)
        records = Records.open(settings.paths.records)
        roll_back(records, settings)
        records.close()
        for _ in range(KILLS_A_ROUND):
            runner = _start(folder)
            time.sleep(chance.uniform(0, LONGEST_WAIT_S))
            os.kill(runner, signal.SIGKILL)
            os.waitpid(runner, 0)
            found.kills += 1
            _note_state(folder, settings.paths.records, found)
        ended = os.waitstatus_to_exitcode(os.waitpid(_start(folder), 0)[1])
        found.rounds += 1
        found.repeats += len(keys_seen(folder)) > 1
        said = _judge(folder, settings.paths.records)
        if ended != 0 or said:
            found.wrong.append(said or f"the runner ended with {ended}")


def _start(folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.chdir(folder)
    try:
        asyncio.run(asyncio.wait_for(act_until_over(folder), 60))
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _note_state(folder: Path, path: Path, found: Found) -> None:
    records = Records.open(path)
    [action] = records.actions()
    records.close()
    state = action.state if action.state != "executing" or not keys_seen(folder) else "executing, asked already"
    found.after[state] = found.after.get(state, 0) + 1


def _judge(folder: Path, path: Path) -> str:
    """What is wrong; empty if nothing is."""
    records = Records.open(path)
    try:
        actions, keys = records.actions(), set(keys_seen(folder))
        pages = [row for row in records.notifications() if row.kind == "target"]
        if [action.state for action in actions] != ["verified"]:
            return f"states {[action.state for action in actions]}: {[action.error for action in actions]}"
        if keys != {actions[0].idempotency_key}:
            return f"keys {keys}"
        if not pages or any(row.due_at is None or row.due_at > clock.now() for row in pages):
            return "the page still waits"
        return ""
    finally:
        records.close()


if __name__ == "__main__":
    sys.exit(main())
