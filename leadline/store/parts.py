"""Results of some minutes, for one pair of arms: counts that are added to, never changed.

Closed minutes never change, so their results are kept and the next look reads only the minutes
since (docs/decisions/0016). Two parts that follow each other are joined to what one reading of all would give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from leadline.analysis.verdicts import Arrivals, MetricEvidence, Worked
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks
from leadline.store.begun import Begun

# Declared confounders are crossed into at most this many strata; from the last on the rest is one.
MOST_STRATA = 12
# For a single dimension: more than the number of routes that the loader keeps per app.
MOST_SEGMENTS = 1024

Blocks = TypeVar("Blocks", ShareBlocks, BinBlocks)


@dataclass(slots=True)
class Strata:
    """The stratum of each segment. One that `grows` gives new segments the next place; else they are the last one."""

    places: dict[str, int]
    most: int
    grows: bool = False

    def of(self, names: list[str]) -> Ints:
        if self.grows:
            for name in sorted(names):
                self.places.setdefault(name, min(len(self.places), self.most - 1))
        return np.array([self.places.get(name, self.most - 1) for name in names], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Minutes from the anchor up to `until`. `segments` in the order in which they appeared, `browsers` as well.

    `served` are the canary's sessions by version, `known` of `sessions` have a network. `worked` is what the judge
    worked out of these minutes.
    """

    until: int
    segments: tuple[str, ...]
    browsers: tuple[str, ...]
    arrivals: Arrivals
    metrics: tuple[MetricEvidence, ...]
    served: Mapping[str, int] = field(default_factory=dict)
    known: int = 0
    sessions: int = 0
    worked: Worked = field(default_factory=Worked)
    most_strata: int = MOST_STRATA
    begun: Begun | None = None  # None: nothing is read on from here

    @property
    def strata(self) -> Strata:
        places = {segment: min(place, self.most_strata - 1) for place, segment in enumerate(self.segments)}
        return Strata(places, self.most_strata)

    @property
    def size_bytes(self) -> int:
        arrays = [self.arrivals.minute, self.arrivals.browser, self.arrivals.na, self.arrivals.nb]
        for metric in self.metrics:
            s, b = metric.shares, metric.bins
            arrays += [s.minute, s.stratum, s.ka, s.na, s.kb, s.nb, metric.reference]
            arrays += [b.minute, b.stratum, b.bin, b.canary, b.baseline]
        begun = 0 if self.begun is None else self.begun.size_bytes
        return sum(int(array.nbytes) for array in arrays) + self.worked.size_bytes + begun

    def in_order(self) -> tuple[tuple[str, ...], Arrivals]:
        """Browsers by name, and the arrivals by minute and browser."""
        names = tuple(sorted(self.browsers))
        place = np.array([names.index(name) for name in self.browsers], dtype=np.int64)
        found = self.arrivals
        browser = place[found.browser] if place.size else found.browser
        ordering = np.lexsort((browser, found.minute))
        return names, Arrivals(
            minute=found.minute[ordering],
            browser=browser[ordering],
            na=found.na[ordering],
            nb=found.nb[ordering],
        )


def join(first: Part, later: Part) -> Part:
    """`later` was read of the minutes after `first`, by its segments and browsers."""
    return Part(
        until=later.until,
        segments=later.segments,
        browsers=later.browsers,
        arrivals=Arrivals(
            minute=_both(first.arrivals.minute, later.arrivals.minute),
            browser=_both(first.arrivals.browser, later.arrivals.browser),
            na=_both(first.arrivals.na, later.arrivals.na),
            nb=_both(first.arrivals.nb, later.arrivals.nb),
        ),
        metrics=tuple(_join_metric(a, b) for a, b in zip(first.metrics, later.metrics, strict=True)),
        served=dict(Counter(first.served) + Counter(later.served)),
        known=first.known + later.known,
        sessions=first.sessions + later.sessions,
        worked=first.worked,
        most_strata=first.most_strata,
        begun=later.begun,
    )


def _join_metric(first: MetricEvidence, later: MetricEvidence) -> MetricEvidence:
    """The reference is from before all of it: only the first part has it."""
    return MetricEvidence(
        name=first.name,
        shares=_join_blocks(first.shares, later.shares),
        bins=_join_blocks(first.bins, later.bins),
        reference=first.reference,
        unusable=first.unusable + later.unusable,
    )


def _join_blocks(first: Blocks, later: Blocks) -> Blocks:
    columns = type(first).__dataclass_fields__
    return type(first)(**{name: _both(getattr(first, name), getattr(later, name)) for name in columns})


Column = TypeVar("Column", Floats, Ints)


def _both(first: Column, later: Column) -> Column:
    return np.concatenate((first, later)) if later.size else first
