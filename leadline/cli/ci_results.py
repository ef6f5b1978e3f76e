"""Keeps what journeys did under pytest, and what they have to undo, in the home's records, where there is a home.

Reads of leadline.toml only where the records are: a pipeline has none of the secrets that the file names.
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
    """How many were kept: none where the home has no records yet, or a journey belongs to no app."""
    records_file = _records_file(toml)
    kept = [result for result in results if result.app]
    if not kept or not records_file.exists():
        return 0
    from leadline.records import Records  # the extra `probes` has no database

    records = Records.open(records_file)
    try:
        for result in kept:
            # `confirm` and `severity` are without effect: only what the scheduler started is judged.
            records.commit_result(result, confirm=1, severity="warning", routing=NOBODY, now=now())
    finally:
        records.close()
    return len(kept)


@contextlib.contextmanager
def open_home_ledger(toml: Path) -> Iterator[CleanupLedger | None]:
    """The cleanup ledger in those records, to be used by the thread that opened it; None where there are none yet."""
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
