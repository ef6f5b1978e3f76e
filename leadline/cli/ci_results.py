"""Stores results of journeys under pytest, and their cleanups, in the home's records, if there is a home.

It reads only the path of the records from leadline.toml, because a pipeline has none of the secrets named there.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from leadline.clock import now
from leadline.incidents import NOBODY
from leadline.model import RunResult
from leadline.textfile import read_text_file
from leadline.workers import CleanupLedger


def keep_ci_results(toml: Path, results: Sequence[RunResult]) -> int:
    """The number of stored results; 0 if the home has no records yet, or a journey belongs to no app."""
    records_file = _records_file(toml)
    kept = [result for result in results if result.app]
    if not kept or not records_file.exists():
        return 0
    from leadline.records import Records  # the extra `probes` has no database

    records = Records.open(records_file)
    try:
        for result in kept:
            # `confirm` and `severity` have no effect: only runs started by the scheduler are judged.
            records.commit_result(result, confirm=1, severity="warning", routing=NOBODY, now=now())
    finally:
        records.close()
    return len(kept)


@contextlib.contextmanager
def open_home_ledger(toml: Path) -> Iterator[CleanupLedger | None]:
    """The cleanup ledger in those records, for the thread that opened it; None if there are no records yet."""
    records_file = _records_file(toml)
    if not records_file.exists():
        yield None
        return
    from leadline.cli.run_ledger import HomeLedger
    from leadline.records import Records  # the extra `probes` has no database

    records = Records.open(records_file)
    try:
        yield HomeLedger(records)
    finally:
        records.close()


def _records_file(toml: Path) -> Path:
    home: dict[str, Any] = tomllib.loads(read_text_file(toml)).get("home", {})
    named = home.get("records") or Path(home.get("path", "./.leadline"), "records.sqlite")
    return (toml.parent / Path(named).expanduser()).resolve()
