"""The evidence bundle: everything a verdict was computed from, as JSON, so that anybody can compute it again.

It contains the rules and their hash, every block, the evidence over time and the verdict. Recomputing needs nothing
else: no store, no clock, no randomness. If the verdict does not follow from the blocks, recomputing reports it.

A bundle is judged by what it contains: one of an earlier format has fewer fields and other texts, so only its figures,
states and reason codes are compared. If you change a field or a text of a verdict, raise FORMAT.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.blocks import BinBlocks, ShareBlocks, bin_blocks, share_blocks
from leadline.analysis.verdicts.decision import Judge
from leadline.analysis.verdicts.evidence import Anchor, Arrivals, Evidence, MetricEvidence, Pairs, RoutedMetric
from leadline.analysis.verdicts.findings import rounded
from leadline.model.gates import GateRules, StageSpan
from leadline.model.verdicts import Verdict

FORMAT = "leadline-evidence/5"
EARLIER_FORMATS = ("leadline-evidence/1", "leadline-evidence/2", "leadline-evidence/3", "leadline-evidence/4")
# The texts of a verdict: an earlier release had others.
WORDS = {"sentence", "text", "claim"}
Rows = list[list[float]]


class MetricPart(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of `shares`: minute, stratum, ka, na, kb, nb; of `bins`: minute, stratum, bin, canary, baseline."""

    name: str
    shares: Rows = []
    bins: Rows = []
    reference: dict[str, float] = {}
    unusable: int = 0


class RoutedPart(msgspec.Struct, frozen=True, kw_only=True):
    """The stratum in `metric` is a place in `routes`."""

    metric: MetricPart
    routes: list[str]


class EvidencePart(msgspec.Struct, frozen=True, kw_only=True):
    """`arrivals`: minute, browser, canary, baseline. `pairs`: minute, canary failed, baseline failed."""

    app: str
    canary: str
    baseline: str
    since: int
    until: int
    anchor: Anchor
    strata: list[list[str]]
    browsers: list[str]
    arrivals: Rows
    metrics: list[MetricPart]
    pairs: Rows
    hard_failures_at: int | None
    stages: list[StageSpan]
    is_registered: bool
    are_networks_known: bool
    trimmed: list[MetricPart]
    routed: list[RoutedPart] = []
    kept_since: int | None = None


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """`trace`: per metric, ln E at the end of each minute from `since` on. `verdict`: a Verdict, as it was written.

    `evidence_sha256` finds a change from which nothing else in the bundle follows, such as a browser's name.
    """

    format: str
    code_version: str
    rules_sha256: str
    rules: GateRules
    evidence_sha256: str = ""
    evidence: EvidencePart
    trace: dict[str, list[float]]
    verdict: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Recomputed:
    """`differences`: statements of the bundle that do not follow from its blocks; empty if all do."""

    verdict: Verdict
    differences: tuple[str, ...]


class BundleInvalid(ValueError):
    """Not a bundle, or of another form."""


def make_bundle(judge: Judge, *, code_version: str) -> bytes:
    """The bundle of the judge's last minute."""
    evidence = _as_part(judge.evidence)
    bundle = Bundle(
        format=FORMAT,
        code_version=code_version,
        rules_sha256=rules_hash(judge.rules),
        rules=judge.rules,
        evidence_sha256=_evidence_hash(code_version, evidence),
        evidence=evidence,
        trace=_trace(judge),
        verdict=msgspec.Raw(msgspec.json.encode(judge.at(judge.evidence.until))),
    )
    return msgspec.json.format(msgspec.json.encode(bundle), indent=0)


def recompute(text: bytes) -> Recomputed:
    """Judges again from the bundle's own blocks and rules. Raises BundleInvalid."""
    try:
        said = msgspec.json.decode(text, type=Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleInvalid(f"not an evidence bundle: {error}") from error
    if said.format not in (FORMAT, *EARLIER_FORMATS):
        raise BundleInvalid(f"the form is {said.format!r}; this release reads up to {FORMAT!r}")
    try:
        judge = Judge(_as_evidence(said.evidence), said.rules)
        verdict = judge.at(said.evidence.until)
        trace = _trace(judge)
    except (IndexError, ValueError, ZeroDivisionError, StopIteration) as error:
        raise BundleInvalid(f"its blocks can't be judged: {error}") from error
    differences = []
    if rules_hash(said.rules) != said.rules_sha256:
        differences.append("rules_sha256")
    if said.format == FORMAT and _evidence_hash(said.code_version, said.evidence) != said.evidence_sha256:
        differences.append("evidence_sha256")
    if trace != said.trace:
        differences.append("trace")
    if not _says_the_same(said, verdict):
        differences.append("verdict")
    return Recomputed(verdict, tuple(differences))


def _says_the_same(said: Bundle, verdict: Verdict) -> bool:
    try:
        written = msgspec.json.decode(said.verdict, type=Verdict)
    except msgspec.MsgspecError as error:
        raise BundleInvalid(f"not an evidence bundle: verdict: {error}") from error
    if said.format == FORMAT:
        return written == verdict
    earlier = msgspec.json.decode(said.verdict)
    for metric in earlier.get("metrics", []):
        if metric.get("low_ratio") is not None:  # formats up to /3 had lower bounds below −100 %
            metric["low_ratio"] = max(metric["low_ratio"], -1.0)
    return _contains(msgspec.json.decode(msgspec.json.encode(verdict)), earlier)


def _contains(whole: Any, part: Any) -> bool:
    """Whether `whole` contains all of `part`; null matches anything, and texts are not compared."""
    if part is None:
        return True
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in WORDS or (name in whole and _contains(whole[name], value)) for name, value in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(whole) == len(part)
            and all(_contains(*pair) for pair in zip(whole, part, strict=True))
        )
    return bool(whole == part)


def rules_hash(rules: GateRules) -> str:
    """Tells two configurations apart; the same for the same rules everywhere."""
    # Read back once: 3 and 3.0 are the same weight, and only one of them comes out of a file.
    plain = msgspec.json.decode(msgspec.json.encode(rules), type=GateRules)
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _evidence_hash(code_version: str, evidence: EvidencePart) -> str:
    plain = msgspec.json.decode(msgspec.json.encode(evidence), type=EvidencePart)
    return hashlib.sha256(code_version.encode() + msgspec.json.encode(plain, order="sorted")).hexdigest()


def _trace(judge: Judge) -> dict[str, list[float]]:
    return {trace.rule.name: [rounded(one) for one in trace.log_e.tolist()] for trace in judge.traces}


def _as_part(evidence: Evidence) -> EvidencePart:
    arrivals, pairs = evidence.arrivals, evidence.pairs
    return EvidencePart(
        app=evidence.app,
        canary=evidence.canary,
        baseline=evidence.baseline,
        since=evidence.since,
        until=evidence.until,
        anchor=evidence.anchor,
        strata=[list(stratum) for stratum in evidence.strata],
        browsers=list(evidence.browsers),
        arrivals=_rows(arrivals.minute, arrivals.browser, arrivals.na, arrivals.nb),
        metrics=[_metric_part(metric) for metric in evidence.metrics],
        pairs=_rows(pairs.minute, pairs.canary_failed, pairs.baseline_failed),
        hard_failures_at=evidence.hard_failures_at,
        stages=list(evidence.stages),
        is_registered=evidence.is_registered,
        are_networks_known=evidence.are_networks_known,
        trimmed=[_metric_part(metric) for metric in evidence.trimmed],
        routed=[RoutedPart(metric=_metric_part(one.metric), routes=list(one.routes)) for one in evidence.routed],
        kept_since=evidence.kept_since,
    )


def _metric_part(metric: MetricEvidence) -> MetricPart:
    s, b = metric.shares, metric.bins
    return MetricPart(
        name=metric.name,
        shares=_rows(s.minute, s.stratum, s.ka, s.na, s.kb, s.nb),
        bins=_rows(b.minute, b.stratum, b.bin, b.canary, b.baseline),
        reference={str(place): float(metric.reference[place]) for place in np.flatnonzero(metric.reference)},
        unusable=metric.unusable,
    )


def _as_evidence(part: EvidencePart) -> Evidence:
    arrivals, pairs = _columns(part.arrivals, 4), _columns(part.pairs, 3)
    return Evidence(
        app=part.app,
        canary=part.canary,
        baseline=part.baseline,
        since=part.since,
        until=part.until,
        anchor=part.anchor,
        strata=tuple(tuple(stratum) for stratum in part.strata),
        browsers=tuple(part.browsers),
        arrivals=Arrivals(
            minute=arrivals[0].astype(np.int64),
            browser=arrivals[1].astype(np.int64),
            na=arrivals[2],
            nb=arrivals[3],
        ),
        metrics=tuple(_metric(metric) for metric in part.metrics),
        pairs=Pairs(minute=pairs[0].astype(np.int64), canary_failed=pairs[1], baseline_failed=pairs[2]),
        hard_failures_at=part.hard_failures_at,
        stages=tuple(part.stages),
        is_registered=part.is_registered,
        are_networks_known=part.are_networks_known,
        trimmed=tuple(_metric(metric) for metric in part.trimmed),
        routed=tuple(RoutedMetric(metric=_metric(one.metric), routes=tuple(one.routes)) for one in part.routed),
        kept_since=part.kept_since,
    )


def _metric(part: MetricPart) -> MetricEvidence:
    reference = np.zeros(BINS)
    for place, count in part.reference.items():
        reference[int(place)] = count
    return MetricEvidence(
        name=part.name,
        shares=_share_blocks(part.shares),
        bins=_bin_blocks(part.bins),
        reference=reference,
        unusable=part.unusable,
    )


def _share_blocks(rows: Rows) -> ShareBlocks:
    return share_blocks([(int(m), int(s), ka, na, kb, nb) for m, s, ka, na, kb, nb in rows])


def _bin_blocks(rows: Rows) -> BinBlocks:
    return bin_blocks([(int(m), int(s), int(b), canary, baseline) for m, s, b, canary, baseline in rows])


def _rows(*columns: np.ndarray[tuple[int], np.dtype[np.float64]] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> Rows:
    return np.stack([column.astype(np.float64) for column in columns], axis=1).tolist() if columns[0].size else []


def _columns(rows: Rows, width: int) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    table = np.array(rows, dtype=np.float64).reshape(-1, width)
    return [table[:, place] for place in range(width)]
