"""Lets one worker answer /metrics and /v1/drops for all: each writes its counters once a second for the others.

They stay when a worker ends, so that `leadline drops` can show the drops of a collector that no longer runs.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from leadline_collector.counting.counts import Counts

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Counts)
_NAME = "collector-{}.counts"


class SharedCounts:
    """The workers' numbers in `folder`, one file each."""

    def __init__(self, folder: Path, *, worker: int, workers: int) -> None:
        self._folder = folder
        self._worker = worker
        self._workers = workers

    def write(self, counts: Counts) -> None:
        """Replaces this worker's file. On a full disk only this second's counters are lost."""
        file = self._file(self._worker)
        beside = file.with_suffix(".new")
        try:
            beside.write_bytes(_encoder.encode(counts))
            os.replace(beside, file)
        except OSError:
            beside.unlink(missing_ok=True)

    def gather(self, own: Counts) -> dict[int, Counts]:
        """The numbers of every worker by its number, this one's as they are now."""
        gathered = {self._worker: own}
        for worker in range(self._workers):
            if worker == self._worker:
                continue
            if (counts := _read(self._file(worker))) is not None:
                gathered[worker] = counts
        return dict(sorted(gathered.items()))

    def _file(self, worker: int) -> Path:
        return self._folder / _NAME.format(worker)


def read_counts(folder: Path) -> dict[int, Counts]:
    """The counters of the last collector's workers in `folder`, by worker number."""
    read = {int(file.stem.rpartition("-")[2]): _read(file) for file in folder.glob(_NAME.format("[0-9]*"))}
    return {worker: counts for worker, counts in sorted(read.items()) if counts is not None}


def forget_counts(folder: Path) -> None:
    """Called before the first worker starts, because counts begin at the collector's start."""
    for file in folder.glob(_NAME.format("[0-9]*")):
        file.unlink(missing_ok=True)


def _read(file: Path) -> Counts | None:
    """None while it is starting, or from another release."""
    try:
        return _decoder.decode(file.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
