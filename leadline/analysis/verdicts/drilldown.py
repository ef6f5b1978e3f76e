"""How does one metric differ in each route, device, browser or country, and do the totals say the same?

Each segment has its own bounds: of twenty segments one may miss the truth. It explains but decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.analysis.verdicts.evidence import MetricEvidence
from leadline.analysis.verdicts.findings import INTERVAL_ALPHA, rounded
from leadline.analysis.verdicts.hours import BinsByHour, Found, SharesByHour
from leadline.analysis.verdicts.wording import contradiction, label
from leadline.model.drilldown import Dimension, DrillDown, SegmentDifference
from leadline.model.gates import MetricRule

# As many as are listed, the ones with the most sessions, and as many as may be called the worst.
MOST_LISTED, MOST_COMPARED = 50, 12
# A segment is called the worst where its harm is this many times that of all others together.
CONCENTRATED = 1.3
# Fewer sessions of an arm than this say nothing about a segment, whatever their bounds.
LEAST_SESSIONS = 30


def drill_down(metric: MetricEvidence, rule: MetricRule, names: Sequence[str], *, by: Dimension) -> DrillDown:
    """`names` are the names of the strata of `metric`."""
    segments = _Segments(metric, rule, names)
    listed = segments.by_size[:MOST_LISTED]
    found = {place: segments.found([place]) for place in listed}
    whole, pooled = segments.found(segments.by_size), segments.counts.pooled()
    alike, low, high = whole.ratios() if whole else (None, None, None)
    worst = segments.worst()
    return DrillDown(
        metric=rule.name,
        kind=rule.kind,
        is_lower_harm=rule.is_lower_harm,
        by=by,
        margin=rule.margin,
        segments=tuple(segments.row(place, found[place]) for place in listed),
        more_segments=len(segments.by_size) - len(listed),
        difference_ratio=alike,
        low_ratio=low,
        high_ratio=high,
        pooled_difference_ratio=None if pooled is None else rounded(pooled),
        worst=None if worst is None else worst.segment,
        warning=contradiction(
            label(rule.name),
            pooled=pooled,
            alike=alike,
            low=low,
            high=high,
            segments=[one.difference for one in found.values() if one is not None and one.difference],
            by=by,
        ),
    )


def worst_segment(
    metric: MetricEvidence, rule: MetricRule, names: Sequence[str], *, until: int
) -> SegmentDifference | None:
    """The segment with the most harm by the end of minute `until`; None without harm, or if all are alike."""
    return _Segments(metric, rule, names, until).worst()


class _Segments:
    """Places are those of the names in alphabetical order, so that the order of reading does not matter."""

    def __init__(
        self, metric: MetricEvidence, rule: MetricRule, names: Sequence[str], until: int | None = None
    ) -> None:
        order = sorted(range(len(names)), key=lambda place: names[place])
        place_of = np.zeros(max(len(names), 1), dtype=np.int64)
        place_of[order] = np.arange(len(names))
        self.rule = rule
        self.names = [names[place] for place in order]
        self.counts: SharesByHour | BinsByHour
        if rule.kind == "latency":
            self.counts = BinsByHour(metric.bins if until is None else metric.bins.upto(until), place_of)
        else:
            shares = metric.shares if until is None else metric.shares.upto(until)
            self.counts = SharesByHour(shares, place_of, least_effect=rule.mde)
        self.canary, self.baseline = self.counts.sessions(len(names))
        both = self.canary + self.baseline
        self.by_size = sorted(np.flatnonzero(both > 0).tolist(), key=lambda place: (-both[place], place))

    def found(self, places: Sequence[int], alpha: float = INTERVAL_ALPHA) -> Found | None:
        return self.counts.found(frozenset(places), alpha)

    def row(self, place: int, found: Found | None) -> SegmentDifference:
        ratio, low, high = found.ratios() if found else (None, None, None)
        return SegmentDifference(
            segment=self.names[place],
            canary_sessions=round(float(self.canary[place])),
            baseline_sessions=round(float(self.baseline[place])),
            canary_value=rounded(found.canary) if found else None,
            baseline_value=rounded(found.baseline) if found else None,
            difference_ratio=ratio,
            low_ratio=low,
            high_ratio=high,
            is_apart=found is not None and (found.low > 0 or found.high < 0),
        )

    def worst(self) -> SegmentDifference | None:
        """By simultaneous bounds for all compared segments (Bonferroni), and not if all others are harmed alike."""
        enough = [place for place in self.by_size if min(self.canary[place], self.baseline[place]) >= LEAST_SESSIONS]
        compared = enough[:MOST_COMPARED]
        if len(compared) < 2:
            return None
        harms: list[tuple[float, int]] = []
        for place in compared:
            found = self.found([place], INTERVAL_ALPHA / len(compared))
            size, least = found.harm(is_lower_harm=self.rule.is_lower_harm) if found else (0.0, 0.0)
            if least > 0:
                harms.append((size, place))
        if not harms:
            return None
        size, place = max(harms, key=lambda one: (one[0], -one[1]))
        others = self.found([other for other in self.by_size if other != place])
        elsewhere = others.harm(is_lower_harm=self.rule.is_lower_harm)[0] if others else 0.0
        return self.row(place, self.found([place])) if size >= CONCENTRATED * elsewhere else None
