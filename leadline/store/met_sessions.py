"""The judged sessions as columns, and which of them count in which minute. A query reads them, numpy counts.

A look needs a dozen metrics of a few sessions: a query for each would take longer than counting in numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.analysis.verdicts.blocks import Ints
from leadline.store.counted_rows import flags, floats, ints

__all__ = ["Bools", "Items", "MetSessions", "Window", "medians", "sums"]

Bools = NDArray[np.bool_]
# Later than any time: it never happened.
NEVER = np.iinfo(np.int64).max
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Sessions that began from `first_start_ms` on and that enter in the minutes `first` to `last`, `enters_ms` after
    their start; what counts is what was known `within_ms` after it."""

    within_ms: int
    enters_ms: int
    first_start_ms: int
    first: int
    last: int


class MetSessions:
    """Of sql/judging/met.sql. `is_left_out` says which are not compared, such as those of the busiest networks."""

    def __init__(self, found: pa.Table, *, is_left_out: Bools | None = None) -> None:
        self.started_ms = _integers(found["started_ms"], missing=0)
        self.marked_ms = _integers(found["marked_ms"], missing=NEVER)
        self.arm = _integers(found["arm"], missing=-1)
        self._found = found
        self._is_compared = self.arm >= 0
        if is_left_out is not None:
            self._is_compared &= ~is_left_out

    @property
    def size(self) -> int:
        return self.started_ms.size

    def entering(self, window: Window) -> Bools:
        """Who is compared in the minutes of the window. A session that was marked as synthetic by then is not."""
        enters = self.started_ms + window.enters_ms
        minute = enters // MINUTE_MS
        is_in = self._is_compared & (self.started_ms >= window.first_start_ms)
        return is_in & (minute >= window.first) & (minute <= window.last) & (self.marked_ms > enters)

    def known_by(self, window: Window, numbers: Ints, received_ms: Ints, superseded_ms: Ints | None = None) -> Bools:
        """Which entries of sessions were known when their horizons ended."""
        horizon = self.started_ms[numbers] + window.within_ms
        is_known = received_ms <= horizon
        return is_known if superseded_ms is None else is_known & (superseded_ms > horizon)

    def shares(self, window: Window, did: Bools, *, of: Bools | None = None) -> pa.Table:
        """One row a session: minute, segment, and 1 in na or nb, in ka or kb if it `did`. Of all that enter, or of some
        of them."""
        who = np.flatnonzero(self.entering(window) if of is None else self.entering(window) & of)
        is_canary, did = self.arm[who] == 0, did[who]
        columns = {"na": is_canary, "nb": ~is_canary, "ka": is_canary & did, "kb": ~is_canary & did}
        return pa.table({**self._place(window, who), **{name: pa.array(c * 1.0) for name, c in columns.items()}})

    def values(self, window: Window, numbers: Ints, values: pa.Array | pa.ChunkedArray) -> pa.Table:
        """One row for each of `numbers` that enters: minute, segment, arm, value."""
        is_in = self.entering(window)[numbers]
        who = numbers[is_in]
        return pa.table(
            {**self._place(window, who), "arm": pa.array(self.arm[who]), "value": values.filter(pa.array(is_in))}
        )

    def _place(self, window: Window, who: Ints) -> dict[str, pa.Array]:
        minute = (self.started_ms[who] + window.enters_ms) // MINUTE_MS
        return {"minute": pa.array(minute), "segment": _texts(*self._segment, who)}

    def segments(self, window: Window) -> list[str]:
        """In the order in which they appeared, the ones with more sessions first.

        The order decides which get their own stratum; it depends on when they were known, and on how many in that
        minute, never on their outcomes.
        """
        who = np.flatnonzero(self.entering(window))
        codes, names = self._segment
        minute, code = (self.started_ms[who] + window.enters_ms) // MINUTE_MS, codes[who]
        firsts = np.full(len(names), NEVER)
        np.minimum.at(firsts, code, minute)
        counts = np.bincount(code[minute == firsts[code]], minlength=len(names))
        return [names[one] for one in sorted(np.unique(code), key=lambda one: (firsts[one], -counts[one], names[one]))]

    def arrivals(self, window: Window) -> tuple[list[str], Ints, Ints, Ints]:
        """By minute and browser, as first beacons say: the browsers' names, the minutes, and how many of each arm."""
        arm = _integers(self._found["arrived_arm"], missing=-1)
        minute = self.started_ms // MINUTE_MS
        is_in = (arm >= 0) & (minute >= window.first) & (minute <= window.last) & (self.marked_ms > self.started_ms)
        codes, names = _coded(self._found["arrived_browser"])
        order = sorted(range(len(names)), key=lambda code: names[code])
        place = np.empty(max(len(names), 1), dtype=np.int64)
        place[order] = np.arange(len(names))
        keys, at = np.unique(minute[is_in] * (len(names) or 1) + place[codes[is_in]], return_inverse=True)
        counts = [np.bincount(at, arm[is_in] == side, keys.size) for side in (0, 1)]
        told = [names[order[one]] for one in (keys % (len(names) or 1)).tolist()]
        return told, keys // (len(names) or 1), *counts

    def networks(self, window: Window) -> tuple[int, int]:
        """Of how many sessions a network is known, and how many there are."""
        is_in = self._settled(window) & (self.arm >= 0)
        return int(np.count_nonzero(flags(self._found["has_network"]) & is_in)), int(np.count_nonzero(is_in))

    def served(self, window: Window) -> dict[str, int]:
        """The canary's sessions by version."""
        codes, names = _coded(self._found["service_version"])
        counts = np.bincount(codes[self._settled(window) & (self.arm == 0)], minlength=len(names)).tolist()
        return {name: count for name, count in sorted(zip(names, counts, strict=True)) if count}

    def _settled(self, window: Window) -> Bools:
        minute = (self.started_ms + window.enters_ms) // MINUTE_MS
        return (self.started_ms >= window.first_start_ms) & (minute >= window.first) & (minute <= window.last)

    @cached_property
    def _segment(self) -> tuple[Ints, list[str]]:
        return _coded(self._found["segment"])


@dataclass(frozen=True, slots=True)
class Items:
    """Entries of sessions (events, errors, requests) with the numbers of these; `codes`: texts that were told apart."""

    found: pa.Table
    number: Ints
    received_ms: Ints
    superseded_ms: Ints | None
    codes: dict[str, tuple[Ints, list[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: pa.Table, *, by: str | None = None) -> Items:
        """In the order of sessions and, in each, of the values of the column `by`: every metric counts in this order,
        and sorts nothing again."""
        if by is not None:
            order = np.lexsort((floats(found[by]), ints(found["number"])))
            found = found.take(pa.array(order))
        has_end = "superseded_ms" in found.column_names
        return cls(
            found,
            _integers(found["number"], missing=0),
            _integers(found["received_ms"], missing=0),
            _integers(found["superseded_ms"], missing=NEVER) if has_end else None,
        )

    def known(self, sessions: MetSessions, window: Window, is_asked: Bools | None = None) -> Ints:
        """Places of those that count for their sessions by then."""
        is_known = sessions.known_by(window, self.number, self.received_ms, self.superseded_ms)
        return np.flatnonzero(is_known if is_asked is None else is_known & is_asked)

    def matching(self, column: str, is_asked: Callable[[list[str]], set[str]]) -> Bools:
        """Which of them have a text that is asked for; nothing is asked for where there is no text."""
        if column not in self.codes:
            self.codes[column] = _coded(self.found[column])
        codes, names = self.codes[column]
        asked = is_asked([name for name in names if name is not None])
        return np.array([name in asked for name in names] or [False], dtype=bool)[codes]


def sums(numbers: Ints, values: NDArray[np.float64]) -> tuple[Ints, pa.Array]:
    """Of each number the sum of its finite values; null where it has none. Numbers in order, and the values of each."""
    who, place = _told_apart(numbers)
    is_finite = np.isfinite(values)
    place, values = place[is_finite], values[is_finite]
    total = np.bincount(place, values, who.size).astype(np.float64)
    return who, pa.array(total, mask=np.bincount(place, minlength=who.size) == 0)


def medians(numbers: Ints, values: NDArray[np.float64]) -> tuple[Ints, pa.Array]:
    """Of each number the median of its values that are known; null where none is. Numbers in order, and the values of
    each."""
    who, place = _told_apart(numbers)
    is_known = ~np.isnan(values)
    place, ordered = place[is_known], values[is_known]
    counts = np.bincount(place, minlength=who.size)
    last = np.cumsum(counts) - 1
    middle = (counts - 1) / 2
    ordered = np.append(ordered, 0.0)
    low = ordered[np.maximum(last - counts + 1 + np.floor(middle).astype(np.int64), 0)]
    high = ordered[np.maximum(last - counts + 1 + np.ceil(middle).astype(np.int64), 0)]
    return who, pa.array(np.where(middle % 1 > 0, (low + high) / 2, low), mask=counts == 0)


def _told_apart(numbers: Ints) -> tuple[Ints, Ints]:
    """The numbers once each, and the place of each of them; they are in order."""
    is_first = np.diff(numbers, prepend=-1) != 0
    return numbers[is_first], np.cumsum(is_first) - 1


def _coded(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def _texts(codes: Ints, names: list[str], who: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(codes[who]))


def _integers(column: pa.ChunkedArray, *, missing: int) -> Ints:
    return np.asarray(column.cast(pa.int64()).fill_null(missing).to_numpy(), dtype=np.int64)
