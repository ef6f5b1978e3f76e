"""Lets one worker answer /metrics and /v1/drops for all: each writes its numbers once a second for the others."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from leadline_collector.counts import Counts

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Counts)


class SharedCounts:
    """The workers' numbers in `folder`; with a single worker nothing is written."""

    def __init__(self, folder: Path, *, worker: int, workers: int) -> None:
        self._folder = folder
        self._worker = worker
        self._workers = workers

    def write(self, counts: Counts) -> None:
        """Replaces this worker's file. A full disk costs the numbers of this second and nothing else."""
        if self._workers == 1:
            return
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
            try:
                gathered[worker] = _decoder.decode(self._file(worker).read_bytes())
            except (OSError, msgspec.MsgspecError):
                continue  # it is starting, or has just been replaced
        return dict(sorted(gathered.items()))

    def remove(self) -> None:
        if self._workers > 1:
            self._file(self._worker).unlink(missing_ok=True)

    def _file(self, worker: int) -> Path:
        return self._folder / f"collector-{worker}.counts"
