"""The evidence of a canary and its baseline up to a closed minute: from earlier reads and the minutes since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.analysis.verdicts import Evidence, Judge, Pairs, StageSpan
from leadline.model.gates import GateRules
from leadline.store.arms import Anchored, Arms, at_minute
from leadline.store.database import Store
from leadline.store.drilling import read_routes
from leadline.store.kept_looks import read_on
from leadline.store.parts import Part
from leadline.store.session_blocks import Reading, Traffic, open_reading

__all__ = ["Traffic", "judge_minutes", "reading_all"]

# The order in which segments.sql joins the values of a segment.
DIMENSIONS = ("device_type", "browser_name", "geo_country_iso_code", "effective_connection_type", "route")
SEPARATOR = "\x1f"
HARD_FAILURES = 3
# Networks count as known where at least half of the sessions have one: live beacons do, imported rows don't.
KNOWN_PART = 0.5


def judge_minutes(
    store: Store,
    arms: Arms,
    rules: GateRules,
    *,
    anchored: Anchored,
    until: int,
    stages: tuple[StageSpan, ...] = (),
    kept_since: int | None = None,
    to_trim: Callable[[Judge], Sequence[str]] = Judge.metrics_to_trim,
) -> Judge:
    """Judges all evidence from the anchor to minute `until`, which is closed; from `kept_since` on raw rows are kept.

    `to_trim` names metrics whose blocks are read a second time, without the busiest 1 % of networks: those that suffice
    for a rollback. It is not asked where no networks are known. Those that hurt are read by route as well. Raises
    duckdb.Error.
    """
    with open_reading(store, arms, rules, since=anchored.since, until=until) as reading:
        part = read_on(store, reading)
        evidence = _as_evidence(reading, part, anchored, stages)
        if kept_since is not None and kept_since > evidence.since:
            evidence = replace(evidence, kept_since=kept_since)
        judge = Judge(evidence, rules, part.worked)
        if judge.evidence.are_networks_known and (names := list(to_trim(judge))):
            judge = judge.with_trimmed(reading.trimmed(names, part))
    if hurting := judge.metrics_by_route():
        judge = judge.with_routes(read_routes(store, arms, rules, hurting, since=anchored.since, until=until))
    return judge


@contextmanager
def reading_all(store: Store, app: str, rules: GateRules, *, since: int, until: int) -> Iterator[AllUsers]:
    """All users of an app, to be split into arms."""
    arms = Arms(app=app, canary="A", baseline="A'")
    with open_reading(store, arms, rules, since=since, until=until) as reading:
        reading.is_split = True
        yield AllUsers(reading)


@dataclass(frozen=True, slots=True)
class AllUsers:
    """Their metrics, and splits of them; call `traffic` first."""

    reading: Reading

    def traffic(self) -> Traffic:
        return self.reading.traffic()

    def split(self, seed: str, share: float) -> Evidence:
        """The evidence of two arms of the same users."""
        anchored = Anchored(since=self.reading.since, anchor="asked")
        return _as_evidence(self.reading, self.reading.split(seed, share), anchored, ())


def _as_evidence(reading: Reading, part: Part, anchored: Anchored, stages: tuple[StageSpan, ...]) -> Evidence:
    pairs, hard_failures_at = _runs(reading)
    browsers, arrivals = part.in_order()
    return Evidence(
        app=reading.arms.app,
        canary=reading.arms.canary,
        baseline=reading.arms.baseline,
        since=reading.since,
        until=reading.until,
        anchor=anchored.anchor,
        strata=_strata(part, reading.rules.segments),
        browsers=browsers,
        arrivals=arrivals,
        metrics=part.metrics,
        pairs=pairs,
        hard_failures_at=hard_failures_at,
        stages=stages,
        is_registered=_is_registered(reading, part),
        are_networks_known=part.sessions > 0 and part.known >= KNOWN_PART * part.sessions,
    )


def _strata(part: Part, dimensions: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The names of the strata, in the order of the rules' dimensions."""
    joined = [name for name in DIMENSIONS if name in dimensions]
    names: list[tuple[str, ...]] = []
    for segment in part.segments[: part.most_strata]:
        values = dict(zip(joined, segment.split(SEPARATOR), strict=False))
        names.append(tuple(values.get(name, "") for name in dimensions))
    if len(part.segments) > part.most_strata:
        names[-1] = tuple("(other)" for _ in dimensions)
    return tuple(names)


def _is_registered(reading: Reading, part: Part) -> bool:
    """Whether the version is registered; for a cohort, every version that serves at least a hundredth of it."""
    registered = set(reading.ask("registered", app=reading.arms.app)["service_version"].to_pylist())
    version = reading.arms.parameters["canary_version"]
    if version is not None:
        return version in registered
    total = sum(part.served.values())
    return bool(part.served) and all(
        version in registered for version, sessions in part.served.items() if sessions * 100 >= total
    )


def _runs(reading: Reading) -> tuple[Pairs, int | None]:
    span = {"since": at_minute(reading.since), "until": at_minute(reading.until + 1)}
    rows = reading.ask("runs", **reading.arms.parameters, **span).to_pylist()
    return _as_pairs(rows), _hard_failures_at(rows)


def _as_pairs(rows: list[dict[str, Any]]) -> Pairs:
    """Runs of both arms in the same minute, journey and location; where there are several of an arm, one failed."""
    failed: dict[tuple[int, str, str], dict[int, bool]] = defaultdict(dict)
    for row in rows:
        arms = failed[row["minute"], row["journey"], row["location"]]
        arms[row["arm"]] = arms.get(row["arm"], False) or row["is_failed"]
    both = [(key[0], arms[0], arms[1]) for key, arms in sorted(failed.items()) if len(arms) == 2]
    table = np.array(both, dtype=np.float64).reshape(-1, 3)
    return Pairs(minute=table[:, 0].astype(np.int64), canary_failed=table[:, 1], baseline_failed=table[:, 2])


def _hard_failures_at(rows: list[dict[str, Any]]) -> int | None:
    """The minute in which a journey had failed on the canary three times in a row from every location it runs in,
    while the baseline passed there."""
    failures: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts = failures[row["journey"], row["arm"]]
        counts[row["location"]] = counts.get(row["location"], 0) + 1 if row["is_failed"] else 0
        canary, baseline = failures[row["journey"], 0], failures[row["journey"], 1]
        if canary and all(count >= HARD_FAILURES and baseline.get(location) == 0 for location, count in canary.items()):
            return int(row["minute"])
    return None
