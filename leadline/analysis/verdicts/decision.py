"""The decision table: from the evidence of all metrics to promote, rollback, pause, inconclusive or no_data.

Evidence that once sufficed for a rollback or a pause still does (the largest E so far is bounded by Ville's
inequality), so
a verdict does not flap. Missing data and a small sample mean hold; without enough evidence nothing is promoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import replace

import numpy as np

from leadline.analysis.verdicts.absence import CODES, absence
from leadline.analysis.verdicts.blocks import Floats, Ints
from leadline.analysis.verdicts.drilldown import worst_segment
from leadline.analysis.verdicts.evidence import Evidence, MetricEvidence, RoutedMetric
from leadline.analysis.verdicts.findings import Crossings, describe, find_crossings, moment_after
from leadline.analysis.verdicts.sample_ratio import ALPHA, sample_ratio_log_e
from leadline.analysis.verdicts.sentence import tell
from leadline.analysis.verdicts.story import Story, reason_text
from leadline.analysis.verdicts.traces import MetricTrace, trace_metric
from leadline.analysis.verdicts.wording import as_time
from leadline.analysis.verdicts.worked import Worked
from leadline.model.gates import GateRules
from leadline.model.verdicts import MetricFinding, ReasonCode, Verdict, VerdictKind, VerdictReason

PEAK_MINUTES = 60
# A minute belongs to the peak where it has at least half of the busiest hour's sessions.
PEAK_PART = 0.5
# Subjects whose sessions can be split by the route on which it happened.
ROUTED_KINDS = {"vital", "requests", "errors"}


class Judge:
    """Everything about one pair of arms over time; `at` gives the verdict for any minute."""

    def __init__(self, evidence: Evidence, rules: GateRules, worked: Worked | None = None) -> None:
        """`worked`: the results of earlier looks at the same evidence; this one adds its own."""
        self.evidence = evidence
        self.rules = rules
        self.grid = np.arange(evidence.since, evidence.until + 1, dtype=np.int64)
        self.traces = [
            trace_metric(evidence, evidence.metric(rule.name), rule, rules, worked) for rule in rules.metrics
        ]
        self.crossings = [find_crossings(trace, rules) for trace in self.traces]
        self.trimmed = self._crossings_of(evidence.trimmed)
        arrivals = evidence.arrivals
        self.canary = per_minute(arrivals.na, arrivals.minute, self.grid)
        self.baseline = per_minute(arrivals.nb, arrivals.minute, self.grid)
        self.missing = absence(self.canary, self.baseline, declared=self._declared())
        self.peak = np.cumsum(_is_peak(self.canary + self.baseline))
        self.together = np.cumsum((self.canary > 0) & (self.baseline > 0))
        self.ratio_alarm = self._find_ratio_alarm()

    def metrics_to_trim(self) -> list[str]:
        """Metrics whose evidence suffices for a rollback: it must survive without the busiest networks."""
        pairs = zip(self.traces, self.crossings, strict=True)
        return [
            trace.rule.name for trace, crossed in pairs if crossed.worse is not None and trace.rule.kind != "journeys"
        ]

    def with_trimmed(self, trimmed: tuple[MetricEvidence, ...]) -> Judge:
        """The same, with some metrics without the busiest networks."""
        other = copy(self)
        other.evidence = replace(self.evidence, trimmed=trimmed)
        other.trimmed = other._crossings_of(trimmed)
        return other

    def metrics_by_route(self) -> list[str]:
        """Metrics with harm by the last minute that have routes: the explanation names the worst route."""
        pairs = zip(self.traces, self.crossings, strict=True)
        return [
            trace.rule.name
            for trace, crossed in pairs
            if (crossed.worse is not None or crossed.suspect is not None)
            and trace.rule.name.partition(":")[0] in ROUTED_KINDS
        ]

    def with_routes(self, routed: tuple[RoutedMetric, ...]) -> Judge:
        """The same, with harmful metrics by route."""
        other = copy(self)
        other.evidence = replace(self.evidence, routed=routed)
        return other

    def _crossings_of(self, metrics: tuple[MetricEvidence, ...]) -> dict[str, Crossings]:
        named = {rule.name: rule for rule in self.rules.metrics}
        return {
            metric.name: find_crossings(trace_metric(self.evidence, metric, named[metric.name], self.rules), self.rules)
            for metric in metrics
            if metric.name in named
        }

    def at(self, minute: int) -> Verdict:
        """The verdict as of the end of `minute`."""
        place = int(minute - self.evidence.since)
        pairs = zip(self.traces, self.crossings, strict=True)
        findings = tuple(
            self._with_route(describe(trace, crossed, self.rules, place), minute) for trace, crossed in pairs
        )
        kind, codes = self._decide(findings, place)
        codes = [*codes, *self._cautions(), *self._notes()]
        story = Story(
            evidence=self.evidence,
            rules=self.rules,
            verdict=kind,
            codes=tuple(codes),
            findings=findings,
            minute=minute,
            canary_sessions=int(self.canary[: place + 1].sum()),
            baseline_sessions=int(self.baseline[: place + 1].sum()),
            silent_since=self._silent_since(place),
            ratio_alarm=self.ratio_alarm[1] if self.ratio_alarm else None,
        )
        return Verdict(
            app=self.evidence.app,
            canary=self.evidence.canary,
            baseline=self.evidence.baseline,
            verdict=kind,
            reasons=tuple(VerdictReason(code=code, text=reason_text(code, story)) for code in codes),
            sentence=tell(story),
            decided_at=moment_after(minute),
            since=moment_after(self.evidence.since - 1),
            stage=self._stage(minute),
            may_act=kind in {"promote", "rollback"} and not self._cautions(),
            is_proven="proven" in codes,
            is_exposed=CODES[int(self.missing[place])] not in {"canary_empty", "canary_missing"},
            canary_sessions=story.canary_sessions,
            baseline_sessions=story.baseline_sessions,
            alpha=self.rules.alpha,
            metrics=findings,
        )

    def _with_route(self, finding: MetricFinding, minute: int) -> MetricFinding:
        if finding.state not in {"worse", "suspect"}:
            return finding
        routed = next((one for one in self.evidence.routed if one.metric.name == finding.name), None)
        rule = next(rule for rule in self.rules.metrics if rule.name == finding.name)
        worst = None if routed is None else worst_segment(routed.metric, rule, routed.routes, until=minute)
        if worst is None:
            return finding
        return replace(
            finding,
            route=worst.segment,
            route_canary_value=worst.canary_value,
            route_baseline_value=worst.baseline_value,
            route_difference_ratio=worst.difference_ratio,
        )

    def _decide(self, findings: tuple[MetricFinding, ...], place: int) -> tuple[VerdictKind, list[ReasonCode]]:
        hard = self.evidence.hard_failures_at
        if hard is not None and hard <= self.grid[place]:
            return "rollback", ["hard_failures"]
        worse = [finding for finding in findings if finding.state == "worse"]
        if worse and any(self._survives(finding.name, place) for finding in worse):
            return "rollback", ["worse"]
        if worse:
            return "pause", ["one_network"]
        if (missing := CODES[int(self.missing[place])]) is not None:
            return "no_data", [missing]
        if self.together[place] == 0:
            return "inconclusive", ["never_together"]
        if paused := self._reasons_to_pause(findings, place):
            return "pause", paused
        return self._promote_or_hold(findings, place)

    def _reasons_to_pause(self, findings: tuple[MetricFinding, ...], place: int) -> list[ReasonCode]:
        codes: list[ReasonCode] = []
        if any(finding.state == "suspect" for finding in findings):
            codes.append("suspect")
        if self.ratio_alarm is not None and self.ratio_alarm[0] <= place:
            codes.append("sample_ratio")
        if any(crossed.segment is not None and crossed.segment <= place for crossed in self.crossings):
            codes.append("segment")
        return codes

    def _promote_or_hold(self, findings: tuple[MetricFinding, ...], place: int) -> tuple[VerdictKind, list[ReasonCode]]:
        rules = {rule.name: rule for rule in self.rules.metrics}
        holding: list[ReasonCode] = []
        if any(finding.state == "no_data" and rules[finding.name].is_required for finding in findings):
            holding.append("metric_no_data")
        is_small = any(
            finding.needed_sessions is not None and finding.canary_sessions < finding.needed_sessions
            for finding in findings
            if finding.state != "no_data"
        ) or all(finding.state == "no_data" for finding in findings)
        baked = int(place - int(np.argmax(self.together > 0)) + 1)
        if is_small:
            holding.append("sample_not_reached" if baked > self.rules.max_bake_minutes else "sample_too_small")
        if baked < self.rules.bake_minutes or self.peak[place] < PEAK_MINUTES:
            holding.append("baking")
        if holding:
            return "inconclusive", holding
        judged = [finding for finding in findings if finding.state != "no_data" and finding.kind != "journeys"]
        return "promote", ["proven" if all(finding.state == "fine" for finding in judged) else "not_disproven"]

    def _survives(self, name: str, place: int) -> bool:
        """Whether the finding remains without the busiest networks; if no network is known, nothing is removed."""
        if not self.evidence.are_networks_known or name == "journeys":
            return True
        crossed = self.trimmed.get(name)
        return crossed is not None and crossed.worse is not None and crossed.worse <= place

    def _cautions(self) -> list[ReasonCode]:
        """Why Leadline may not act by itself, whatever the verdict."""
        codes: list[ReasonCode] = []
        if not self.evidence.is_registered:
            codes.append("not_registered")
        if not self.evidence.are_networks_known:
            codes.append("networks_unknown")
        if self.evidence.anchor == "asked":
            codes.append("single_look")
        return codes

    def _notes(self) -> list[ReasonCode]:
        """Notes with any verdict, which prevent nothing."""
        codes: list[ReasonCode] = ["older_than_kept"] if self.evidence.kept_since is not None else []
        return [*codes, "unusable_values"] if any(metric.unusable for metric in self.evidence.metrics) else codes

    def _silent_since(self, place: int) -> str | None:
        """When the silent arm last sent data."""
        match CODES[int(self.missing[place])]:
            case "canary_missing":
                heard = self.canary[: place + 1]
            case "baseline_missing":
                heard = self.baseline[: place + 1]
            case "both_missing":
                heard = self.canary[: place + 1] + self.baseline[: place + 1]
            case _:
                return None
        last = np.flatnonzero(heard)
        return as_time(moment_after(int(self.grid[last[-1]]))) if last.size else None

    def _stage(self, minute: int) -> str | None:
        begun = [stage.name for stage in self.evidence.stages if stage.start <= minute]
        return begun[-1] if begun else None

    def _declared(self) -> Floats | None:
        """The canary's declared share of each minute; nan where none is declared."""
        if not any(stage.share is not None for stage in self.evidence.stages):
            return None
        declared = np.full(self.grid.size, np.nan)
        for stage in self.evidence.stages:
            declared[self.grid >= stage.start] = np.nan if stage.share is None else stage.share
        return declared

    def _find_ratio_alarm(self) -> tuple[int, str] | None:
        """The first minute of a sample-ratio alarm, and of what: all users or one browser. Anew in each stage."""
        alarms: list[tuple[int, str]] = []
        ends = [stage.start for stage in self.evidence.stages[1:]]
        for stage, end in zip(self.evidence.stages, [*ends, self.evidence.until + 1], strict=False):
            if stage.share is None or not 0 < stage.share < 1:
                continue
            is_in = (self.grid >= stage.start) & (self.grid < end)
            for name, canary, baseline in self._by_browser():
                k, n = np.cumsum(canary * is_in), np.cumsum((canary + baseline) * is_in)
                part = 1 if name == "all" else max(len(self.evidence.browsers), 1)
                crossed = sample_ratio_log_e(k, n, share=stage.share) >= -np.log(ALPHA / part)
                if crossed.any():
                    alarms.append((int(np.argmax(crossed)), name))
        return min(alarms) if alarms else None

    def _by_browser(self) -> Iterable[tuple[str, Floats, Floats]]:
        yield "all", self.canary, self.baseline
        arrivals = self.evidence.arrivals
        for index, name in enumerate(self.evidence.browsers):
            mine = arrivals.browser == index
            minute = arrivals.minute[mine]
            yield (
                name,
                per_minute(arrivals.na[mine], minute, self.grid),
                per_minute(arrivals.nb[mine], minute, self.grid),
            )


def per_minute(counts: Floats, minute: Ints, grid: Ints) -> Floats:
    """Sums by minute of `grid`; minutes outside of it don't count."""
    is_in = (minute >= grid[0]) & (minute <= grid[-1]) if grid.size else np.zeros(minute.size, dtype=bool)
    return np.bincount(minute[is_in] - grid[0], counts[is_in], grid.size).astype(np.float64)


def _is_peak(sessions: Floats) -> Floats:
    """1 for minutes of which the last 10 had at least half of the busiest hour so far."""
    sums = np.concatenate(([0.0], np.cumsum(sessions)))
    ends = np.arange(1, sessions.size + 1)
    recent = (sums[ends] - sums[np.maximum(ends - 10, 0)]) / np.minimum(ends, 10)
    hourly = (sums[ends] - sums[np.maximum(ends - 60, 0)]) / np.minimum(ends, 60)
    return np.asarray((recent >= PEAK_PART * np.maximum.accumulate(hourly)) & (recent > 0), dtype=np.float64)


def judge_release(evidence: Evidence, rules: GateRules) -> Verdict:
    """The verdict as of the last closed minute."""
    return Judge(evidence, rules).at(evidence.until)


__all__ = ["Judge", "MetricTrace", "judge_release", "per_minute"]
