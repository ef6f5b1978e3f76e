"""All inputs of a verdict: blocks per metric, arrivals, pairs of our own runs, and facts about the versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks, bin_blocks, share_blocks
from leadline.model.gates import StageSpan

# The start of the evidence. `asked`: an explicit --since, a single look.
Anchor = Literal["release", "deployment", "first session", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Sessions by the minute of their start and by browser, whether or not any metric has them yet."""

    minute: Ints
    browser: Ints
    na: Floats
    nb: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Runs of our own journeys in both arms, same journey, location and minute."""

    minute: Ints
    canary_failed: Floats
    baseline_failed: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEvidence:
    """`shares` for yes or no, `bins` for values; `reference` are the baseline's bins from before the evidence."""

    name: str
    shares: ShareBlocks = field(default_factory=lambda: share_blocks([]))
    bins: BinBlocks = field(default_factory=lambda: bin_blocks([]))
    reference: Floats = field(default_factory=lambda: np.zeros(BINS))
    # Values that are not numbers, or below zero, were left out.
    unusable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedMetric:
    """A harmful metric, by route: `routes` are the names of its blocks' strata."""

    metric: MetricEvidence
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Minutes are whole minutes since 1970, UTC. `until` is the last closed minute; later data is not included."""

    app: str
    canary: str
    baseline: str
    since: int
    until: int
    anchor: Anchor
    strata: tuple[tuple[str, ...], ...]
    browsers: tuple[str, ...]
    arrivals: Arrivals
    metrics: tuple[MetricEvidence, ...]
    pairs: Pairs
    hard_failures_at: int | None = None
    stages: tuple[StageSpan, ...] = ()
    is_registered: bool = False
    # None: no network is known (imports). Else the metrics without the sessions of the busiest 1 % of networks; those
    # that were not asked for are missing.
    are_networks_known: bool = False
    trimmed: tuple[MetricEvidence, ...] = ()
    # The minute before which raw rows are no longer kept, where that is after `since`.
    kept_since: int | None = None
    # Only for the explanation: the harmful metrics, by route.
    routed: tuple[RoutedMetric, ...] = ()

    def metric(self, name: str) -> MetricEvidence:
        return next((metric for metric in self.metrics if metric.name == name), MetricEvidence(name=name))
