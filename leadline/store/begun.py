"""Which page views and sessions are known, so that a look does not have to search three days for new ones.

A closed minute never changes, so entries are only added. Ids are kept as hashes of 64
bits: of a day's million new ones, one is taken for another of the last three days once in some thousand years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Begun", "Seen"]

Hashes = NDArray[np.uint64]
MOMENT = pa.timestamp("us")
# Hashes of the last looks are kept apart until there are so many: inserting a few into millions costs as much as
# sorting.
MOST_LATE = 65_536


@dataclass(frozen=True, slots=True)
class Seen:
    """A set of hashes, both parts in order."""

    early: Hashes
    late: Hashes

    @classmethod
    def of(cls, hashes: Hashes) -> Seen:
        return cls(np.unique(hashes), np.zeros(0, dtype=np.uint64))

    def has(self, hashes: Hashes) -> NDArray[np.bool_]:
        return _is_in(self.early, hashes) | _is_in(self.late, hashes)

    def with_new(self, hashes: Hashes) -> Seen:
        late = np.unique(np.concatenate((self.late, hashes)))
        if late.size <= MOST_LATE:
            return Seen(self.early, late)
        return Seen.of(np.concatenate((self.early, late)))

    @property
    def size_bytes(self) -> int:
        return int(self.early.nbytes + self.late.nbytes)


@dataclass(frozen=True, slots=True)
class Begun:
    """`lately`: page_view_id, session and began_at of the views whose sessions began late enough to matter to the next
    look."""

    views: Seen
    sessions: Seen
    lately: pa.Table

    def go_on(self, arriving: pa.Table, *, since: datetime) -> Begun:
        """With the page views of later minutes: page_view_id, session, started_at and the hashes of both ids.

        Of `lately` stay the sessions that began from `since` on. A session began with its first view.
        """
        views, sessions = _hashes(arriving, "view_hash"), _hashes(arriving, "session_hash")
        is_new = ~self.views.has(views)
        is_known = self.sessions.has(sessions[is_new])
        arriving = arriving.filter(pa.array(is_new))
        began = self._began(arriving, is_known)
        found = arriving.select(["page_view_id", "session"]).append_column("began_at", began)
        lately = pa.concat_tables([self.lately, found.filter(pc.is_valid(began))])
        return Begun(
            views=self.views.with_new(views[is_new]),
            sessions=self.sessions.with_new(sessions[is_new]),
            lately=lately.filter(pc.greater_equal(lately["began_at"], pa.scalar(since, MOMENT))).combine_chunks(),
        )

    def in_spans(self, spans: Sequence[tuple[int, int]]) -> pa.Table:
        """Of `lately`, the views whose sessions began in any of these spans (in ms since 1970, the end left out)."""
        began_ms = np.asarray(self.lately["began_at"].cast(pa.int64()).to_numpy()) // 1000
        is_in = np.zeros(began_ms.size, dtype=bool)
        for begins, ends in spans:
            is_in |= (began_ms >= begins) & (began_ms < ends)
        return self.lately.filter(pa.array(is_in))

    def _began(self, arriving: pa.Table, is_known: NDArray[np.bool_]) -> pa.Array:
        """When the session of each new view began; null where that is too long ago to matter."""
        known = dict(zip(self.lately["session"].to_pylist(), _micros(self.lately["began_at"]), strict=True))
        sessions, started = arriving["session"].to_pylist(), _micros(arriving["started_at"])
        new: dict[str, int] = {}
        for session, at, was_there in zip(sessions, started, is_known.tolist(), strict=True):
            if not was_there:
                new[session] = min(at, new.get(session, at))
        return pa.array([new.get(session, known.get(session)) for session in sessions], pa.int64()).cast(MOMENT)

    @property
    def size_bytes(self) -> int:
        return self.views.size_bytes + self.sessions.size_bytes + int(self.lately.nbytes)


def _hashes(table: pa.Table, name: str) -> Hashes:
    return np.asarray(table[name].to_numpy(), dtype=np.uint64)


def _micros(column: pa.ChunkedArray) -> list[int]:
    found: list[int] = column.cast(pa.int64()).to_pylist()
    return found


def _is_in(ordered: Hashes, hashes: Hashes) -> NDArray[np.bool_]:
    if ordered.size == 0:
        return np.zeros(hashes.size, dtype=bool)
    place = np.searchsorted(ordered, hashes)
    place[place == ordered.size] = 0
    return np.asarray(ordered[place] == hashes)
