"""Counts a metric over the judged sessions, minute by minute: how many had it, and the values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from leadline.analysis.verdicts import MetricEvidence
from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.blocks import Floats, ShareBlocks
from leadline.model.gates import GateRules, MetricRule
from leadline.store.counted_rows import bin_blocks_of, flags, floats, reference_of, share_blocks_of
from leadline.store.met_sessions import Bools, Items, MetSessions, Window, medians, sums
from leadline.store.parts import Strata

__all__ = ["SETTLED_S", "Counting"]

DAY = 1440
# The segment of a session is known a minute after its start: it enters the evidence then at the earliest.
SETTLED_S = 60
# What is added up or has a median, in each session.
_VALUES = {"kpi": "value", "requests": "duration_ms"}
# By route, a session counts in several of these: those of its errors and requests, not of its first view.
ROUTED = ("errors", "requests")


@dataclass(slots=True, kw_only=True)
class Counting:
    """`ask` is a question of sql/judging; `since` and `until` are minutes; `items` is what was read already."""

    ask: Callable[..., pa.Table]
    rules: GateRules
    since: int
    until: int
    span: dict[str, object]
    is_by_route: bool
    sessions: MetSessions
    items: dict[str, Items] = field(default_factory=dict)

    def metric(self, rule: MetricRule, keys: Strata, first: int, reference: Floats) -> MetricEvidence:
        """Of the minutes from `first` on."""
        subject = rule.name.partition(":")[0]
        match rule.kind:
            case "journeys":
                return MetricEvidence(name=rule.name)
            case "share":
                return MetricEvidence(name=rule.name, shares=self._shares(subject, rule, keys, first))
            case "value":
                bins, unusable = bin_blocks_of(self._values(subject, rule, self.since, first, self.until), keys)
                shares = self._shares(subject, rule, keys, first)
                return MetricEvidence(name=rule.name, shares=shares, bins=bins, unusable=unusable)
            case "latency":
                bins, unusable = bin_blocks_of(self._values(subject, rule, self.since, first, self.until), keys)
                return MetricEvidence(name=rule.name, bins=bins, reference=reference, unusable=unusable)

    def reference(self, rule: MetricRule) -> Floats:
        """The baseline's values of the day before."""
        if rule.kind != "latency":
            return np.zeros(BINS)
        begun = self.since - DAY
        return reference_of(self._values(rule.name.partition(":")[0], rule, begun, begun, self.since - 1))

    def _shares(self, subject: str, rule: MetricRule, keys: Strata, first: int) -> ShareBlocks:
        window = self._window(rule, self.since, first, self.until)
        if self.is_by_route and subject in ROUTED:
            more = {"pattern": rule.of} if subject == "requests" else {}
            return share_blocks_of(self.ask(f"shares_{subject}_by_route", **_parameters(window), **more), keys)
        did, of = np.zeros(self.sessions.size, dtype=bool), None
        items = self._items(subject)
        known = items.known(self.sessions, window, self._asked(subject, rule, items))
        if subject == "requests":  # a session that made none does not count
            of = np.zeros(self.sessions.size, dtype=bool)
            of[items.number[known]] = True
            known = known[flags(items.found["is_failed"])[known]]
        did[items.number[known]] = True
        return share_blocks_of(self.sessions.shares(window, did, of=of), keys)

    def _values(self, subject: str, rule: MetricRule, begun: int, first: int, last: int) -> pa.Table:
        """Columns minute, segment, arm, value; one row per session."""
        window = self._window(rule, begun, first, last)
        if self.is_by_route and subject in ROUTED:
            return self.ask(f"values_{subject}_by_route", **_parameters(window), pattern=rule.of)
        items = self._items(subject)
        known = items.known(self.sessions, window, self._asked(subject, rule, items))
        if subject == "vital":  # the newest statement of each
            last_of = np.flatnonzero(np.diff(items.number[known], append=-1))
            known = known[last_of]
            return self.sessions.values(window, items.number[known], items.found[rule.of].take(pa.array(known)))
        column, add = ("value", sums) if subject == "kpi" else ("duration_ms", medians)
        return self.sessions.values(window, *add(items.number[known], floats(items.found[column])[known]))

    def _asked(self, subject: str, rule: MetricRule, items: Items) -> Bools | None:
        """The items of a metric; None: all."""
        if subject == "kpi":
            return items.matching("name", lambda _: {rule.of})
        if subject == "requests":
            return items.matching("route", partial(self._globbed, rule.of))
        return None

    def _globbed(self, pattern: str, routes: list[str]) -> set[str]:
        """Matches like the store's GLOB."""
        if not set("*?[\\") & set(pattern):
            return {pattern}
        return set(self.ask("globbed", routes=routes, pattern=pattern)["route"].to_pylist())

    def _items(self, subject: str) -> Items:
        """Read once for all metrics."""
        if subject not in self.items:
            if subject == "vital":
                longest_ms = max([0, *(rule.within_s for rule in self.rules.metrics)]) * 1000
                found = self.ask("vitals", longest_ms=longest_ms, **self.span)
            else:
                found = self.ask(f"read_{'events' if subject == 'kpi' else subject}")
            self.items[subject] = Items.of(found, by=_VALUES.get(subject))
        return self.items[subject]

    @staticmethod
    def _window(rule: MetricRule, begun: int, first: int, last: int) -> Window:
        """Sessions that began from minute `begun` on and whose horizon ends within the minutes `first` to `last`."""
        return Window(
            within_ms=rule.within_s * 1000,
            enters_ms=max(rule.within_s, SETTLED_S) * 1000,
            first_start_ms=begun * 60_000,
            first=first,
            last=last,
        )


def _parameters(window: Window) -> dict[str, int]:
    """As the .sql files name them."""
    return {
        "within_ms": window.within_ms,
        "enters_ms": window.enters_ms,
        "first_start_ms": window.first_start_ms,
        "first_minute": window.first,
        "last_minute": window.last,
    }
