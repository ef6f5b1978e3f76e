"""Loads, rolls up, folds and rebuilds a store in pieces until all bodies are in; says a line after each step.

python rolling_process.py STORE BODIES SEED NOW_MS
"""

from __future__ import annotations

import pickle
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.model import RunResult, RunStatus, StepResult, StepStatus
from leadline.store import Loader, open_store
from leadline.store.loader import RECORDS_FEED
from leadline.store.rollups import Roller, rebuild, roll_steps


def main(store_path: str, bodies_path: str, seed: str, now_ms: str) -> None:
    bodies = pickle.loads(Path(bodies_path).read_bytes())
    dice = random.Random(int(seed))
    now = datetime.fromtimestamp(int(now_ms) / 1000, UTC)
    with open_store(Path(store_path)) as store:
        loader, roller = Loader(store), Roller(store)
        after = loader.progress("log-1")
        while after < len(bodies) or roller.roll(now, limit=40).is_behind:
            upto = min(len(bodies), after + dice.randrange(10, 60))
            if upto > after:
                records = [(position + 1, bodies[position]) for position in range(after, upto)]
                loader.load_beacons("log-1", after=after, upto=upto, records=records, bad=[], now=now)
                after = upto
            say("loaded")
            if dice.random() < 0.3:
                end_run(loader, now - timedelta(hours=dice.randrange(50)))
                say("run loaded")
                roll_steps(store, now)
                say("steps rolled")
            roller.roll(now, limit=dice.randrange(20, 90))
            say("rolled")
            if dice.random() < 0.3:
                roller.fold(now - timedelta(hours=dice.randrange(50)))
                say("folded")
            if dice.random() < 0.1:
                rebuild(store, now, part_beacons=dice.choice([50, 1000]))
                say("rebuilt")
    say("done")


def end_run(loader: Loader, ended: datetime) -> None:
    after = loader.progress(RECORDS_FEED)
    step = StepResult(step="pay", status=StepStatus.PASSED, started_at=ended, duration_ms=900.0)
    run = RunResult(
        run_id=f"r{after}", monitor="journey", name="buy", app="shop", status=RunStatus.PASSED, started_at=ended,
        finished_at=ended, duration_ms=900.0, steps=(step,),
    )  # fmt: skip
    loader.load_changes(after=after, upto=after + 1, changes=[(after + 1, run)], now=ended)


def say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.exit(0)
