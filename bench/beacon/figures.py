"""The beacon's figures: each with its bound, whether it is kept, and the reference's figure in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cost import Cost
from ends import Arrived
from peers import ALL_AHEAD, HINTED, LIKE_OURS, REFERENCE, Sizes
from visit import Visit


@dataclass(frozen=True)
class Measured:
    """All of one run."""

    sizes: Sizes
    costs: dict[str, Cost]
    visits: dict[str, Visit]
    ends: dict[str, dict[str, Arrived]]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `must` None: reported without a bound."""

    name: str
    value: float
    unit: str
    must: float | None
    stretch: float | None
    reference: str
    beside: float
    is_least: bool = False

    def verdict(self) -> str:
        if self.must is None:
            return ""
        if not self._reaches(self.must):
            return "MISSED"
        return "stretch" if self.stretch is not None and self._reaches(self.stretch) else "kept"

    def ratio(self) -> str:
        return f"{self.value / self.beside:.2f}" if self.beside else "none there"

    def bound(self, bound: float | None) -> str:
        return "" if bound is None else f"{'≥' if self.is_least else '≤'} {round(bound, 1):,}"

    def _reaches(self, bound: float) -> bool:
        return self.value >= bound if self.is_least else self.value <= bound


def judge(measured: Measured) -> Iterator[Figure]:
    sizes = {name: size["brotli"] for name, size in measured.sizes.items()}
    core, rest = sizes["b.js"], sizes["b-more.js"]
    lightest = min(LIKE_OURS, key=lambda name: sizes[name])
    yield Figure("core, brotli", core, "B", 8_000, 6_500, REFERENCE, sizes[REFERENCE])
    yield Figure("core and rest, brotli", core + rest, "B", 12_000, 10_000, lightest, sizes[lightest])
    yield Figure("vitals only, brotli", sizes["b-vitals.js"], "B", 3_800, 3_400, "web-vitals", sizes["web-vitals"])
    snippet = "boomerang errors-snippet"
    early, theirs = measured.sizes["early.js"]["gzip"], measured.sizes[snippet]["gzip"]
    yield Figure("early snippet, gzip", early, "B", 600, 375, snippet, theirs)
    yield from _judge_cost(measured.costs)
    yield from _judge_visit(measured.visits)
    yield from _judge_ends(measured.ends)


def _judge_cost(costs: dict[str, Cost]) -> Iterator[Figure]:
    ours, ahead = costs["leadline"], costs[ALL_AHEAD]
    theirs, hinted = costs[REFERENCE], costs[HINTED]
    cpu_ms = theirs.cpu_ms
    yield Figure("CPU, both as shipped", ours.cpu_ms, "ms", cpu_ms, 0.8 * cpu_ms, REFERENCE, cpu_ms)
    yield Figure("CPU, all compiled ahead", ahead.cpu_ms, "ms", None, None, HINTED, hinted.cpu_ms)
    heap_kb, reference_kb = ours.heap_bytes / 1000, theirs.heap_bytes / 1000
    yield Figure("heap", heap_kb, "KB", 1.1 * reference_kb, reference_kb, REFERENCE, reference_kb)


def _judge_visit(visits: dict[str, Visit]) -> Iterator[Figure]:
    ours = visits["leadline"]
    bytes_least = min(LIKE_OURS, key=lambda name: visits[name].body_bytes)
    requests_least = min(LIKE_OURS, key=lambda name: visits[name].requests)
    least = visits[bytes_least]
    name = "a visit of eight steps, "
    yield Figure(name + "bodies", ours.body_bytes, "B", 3_000, 2_000, bytes_least, least.body_bytes)
    yield Figure(name + "with headers", ours.whole_bytes, "B", None, None, bytes_least, least.whole_bytes)
    yield Figure(name + "requests", ours.requests, "", 3, 2, requests_least, visits[requests_least].requests)
    asking = max(LIKE_OURS, key=lambda name: visits[name].preflights)
    yield Figure(name + "preflights", ours.preflights, "", 0, 0, asking, visits[asking].preflights)


def _judge_ends(ends: dict[str, dict[str, Arrived]]) -> Iterator[Figure]:
    for end, bound in {"renderer crashes": 5, "tab closes": 5, "browser closes": 8}.items():
        ours, bare = ends["leadline"][end], ends["bare fetchLater"][end]
        best = max(
            (REFERENCE, *LIKE_OURS), key=lambda name: (ends[name][end].with_vitals, ends[name][end].with_purchase)
        )
        name, unit = f"arrived with vitals, {end}", f"of {ours.times}"
        theirs = ends[best][end].with_vitals
        # A browser that ends on a busy machine delivers less of what it was given, whoever gave it.
        must = min(bound, bare.at_all)
        yield Figure(name, ours.with_vitals, unit, must, bare.at_all, best, theirs, is_least=True)
