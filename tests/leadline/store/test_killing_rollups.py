"""Killed while it loads, rolls up, folds or rebuilds: every beacon counts once, and a rebuild comes to what stands."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import threading
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
from made_up.histories import story, sums

from leadline.store import open_store
from leadline.store.rollups import Roller, rebuild

KILLS = 8
SEED = 1


@pytest.mark.kill
def test_killed_at_any_moment_every_beacon_is_once_in_the_rollups(tmp_path: Path, now: datetime, now_ms: int) -> None:
    bodies = story(SEED, now_ms, beacons=400)
    (tmp_path / "bodies").write_bytes(pickle.dumps(bodies))
    dice = random.Random(SEED)
    program = find_spec("made_up.rolling_process")
    assert program is not None
    assert program.origin is not None
    said: list[str] = []
    for life in range(KILLS + 1):
        command = [program.origin, str(tmp_path / "store.duckdb"), str(tmp_path / "bodies"), str(life), str(now_ms)]
        process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        if life < KILLS:
            said += [process.stdout.readline().strip() for _ in range(dice.randrange(1, 6))]
            # Some moment within the next step, wherever it may be.
            killer = threading.Timer(dice.random() * 0.3, process.kill)
            killer.start()
            killer.join()
        rest, _ = process.communicate(timeout=300)
        said += rest.split()
    assert said[-1] == "done"
    with open_store(tmp_path / "store.duckdb") as store:
        Roller(store).roll_all(now)
        cursor = store.cursor()
        counted = cursor.execute("SELECT count(*), count(DISTINCT log_position) FROM facts.beacons").fetchone()
        sums_of = "SELECT coalesce(sum(n), 0)::BIGINT FROM rollups.step_"
        rolled = f"{sums_of}hours UNION ALL {sums_of}days"
        runs = cursor.execute("SELECT count(*) FROM steps").fetchone()
        assert [runs, runs] == cursor.execute(rolled).fetchall()
        cursor.close()
        assert counted == (len(bodies), len(bodies))
        standing = sums(store)
        rebuild(store, now)
        assert sums(store) == standing
