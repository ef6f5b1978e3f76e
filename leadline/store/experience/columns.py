"""Arrow tables cut into one piece per app, version and slice, as numpy arrays: a hundred times faster than rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.store.experience.parts import Key

Column = NDArray[np.generic]


class Pieces:
    """A table's rows by key. Columns are read on demand, missing values as NaN."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._columns: dict[str, Column] = {}
        names = [table[column].combine_chunks().dictionary_encode() for column in ("app", "service_version", "slice")]
        codes = np.zeros(table.num_rows, dtype=np.int64)
        for name in names:
            codes = codes * (len(name.dictionary) + 1) + name.indices.to_numpy(zero_copy_only=False)
        self._ordering = np.argsort(codes, kind="stable")
        ordered = codes[self._ordering]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        self._bounds = list(zip(starts, [*starts[1:], table.num_rows], strict=True)) if table.num_rows else []
        texts = [name.dictionary.to_pylist() for name in names]
        places = [name.indices.to_numpy(zero_copy_only=False)[self._ordering] for name in names]
        self._keys: list[Key] = [
            (texts[0][places[0][start]], texts[1][places[1][start]], texts[2][places[2][start]])
            for start, _ in self._bounds
        ]

    def __iter__(self) -> Iterator[tuple[Key, Piece]]:
        for key, (start, end) in zip(self._keys, self._bounds, strict=True):
            yield key, Piece(self, int(start), int(end))

    def column(self, name: str) -> Column:
        """The whole column, rows of a key beside one another."""
        if name not in self._columns:
            self._columns[name] = self._table[name].to_numpy()[self._ordering]
        return self._columns[name]


class Piece:
    """The rows of one key."""

    def __init__(self, pieces: Pieces, start: int, end: int) -> None:
        self._pieces, self._start, self._end = pieces, start, end

    def floats(self, name: str) -> NDArray[np.float64]:
        return self._pieces.column(name)[self._start : self._end].astype(np.float64)

    def integers(self, name: str) -> NDArray[np.int64]:
        return self._pieces.column(name)[self._start : self._end].astype(np.int64)

    def texts(self, name: str) -> Column:
        return self._pieces.column(name)[self._start : self._end]
