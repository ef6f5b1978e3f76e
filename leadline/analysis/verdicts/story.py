"""The input of a verdict's sentences, and the sentence of each reason."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.analysis.verdicts.evidence import Evidence
from leadline.analysis.verdicts.findings import moment_after
from leadline.analysis.verdicts.wording import as_time, figures, label, listed, segment_label
from leadline.model.amounts import percent_change
from leadline.model.gates import GateRules
from leadline.model.verdicts import MetricFinding, MetricState, ReasonCode, VerdictKind

# A baseline is thin below this part of the canary's sessions.
FEW_BESIDE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The input of a sentence."""

    evidence: Evidence
    rules: GateRules
    verdict: VerdictKind
    codes: tuple[ReasonCode, ...]
    findings: tuple[MetricFinding, ...]
    minute: int
    canary_sessions: int
    baseline_sessions: int
    silent_since: str | None
    ratio_alarm: str | None

    @property
    def since(self) -> str:
        return as_time(moment_after(self.evidence.since - 1))

    def in_state(self, *states: MetricState) -> list[MetricFinding]:
        return [finding for finding in self.findings if finding.state in states]

    def required_without_data(self) -> list[str]:
        required = {rule.name for rule in self.rules.metrics if rule.is_required}
        return [finding.name for finding in self.in_state("no_data") if finding.name in required]

    def unproven(self) -> str:
        return listed([label(finding.name) for finding in self.in_state("unclear")])

    def segment_words(self) -> str:
        """`checkout_completed on device_type mobile (-40.0 %)`."""
        hurt = [finding for finding in self.findings if finding.segment is not None]
        strongest = max(hurt, key=lambda one: one.log_e, default=None)
        if strongest is None:
            return "see the metrics"
        ratio = strongest.segment_difference_ratio
        size = "" if ratio is None else f" ({percent_change(ratio)})"
        return f"{label(strongest.name)} on {segment_label(strongest.segment or '')}{size}"

    def sample_words(self) -> str:
        """`: 12,000 of about 57,000 canary sessions (checkout_completed)`, of the metric that needs most.

        A baseline with hardly a session beside the canary's can't be made up for by more of these.
        """
        canary, baseline = self.evidence.canary, self.evidence.baseline
        if self.baseline_sessions < min(self.rules.min_sessions, self.canary_sessions * FEW_BESIDE):
            return (
                f": {baseline} has only {self.baseline_sessions:,} sessions beside {self.canary_sessions:,} of {canary}"
            )
        seen = [f for f in self.findings if f.needed_sessions is not None and f.state != "no_data"]
        short = [f for f in seen if f.canary_sessions < (f.needed_sessions or 0)]
        most = max(short, key=lambda one: (one.needed_sessions or 0) / max(one.canary_sessions, 1), default=None)
        if most is None or most.needed_sessions is None:
            return f": {self.canary_sessions:,} canary sessions"
        needed = _about(most.needed_sessions)
        return f": {most.canary_sessions:,} of about {needed} canary sessions for {label(most.name)}"


def reason_text(code: ReasonCode, story: Story) -> str:
    """One sentence per reason; names its subject."""
    canary, baseline = story.evidence.canary, story.evidence.baseline
    silent = f" since {story.silent_since}" if story.silent_since else ""
    match code:
        case "worse":
            return "; ".join(f"{canary} {f.claim}: {figures(f)}" for f in story.in_state("worse"))
        case "suspect":
            return "; ".join(f"{canary} may be worse: {figures(f)}" for f in story.in_state("suspect"))
        case "one_network":
            names = listed([label(f.name) for f in story.in_state("worse")])
            return f"{names}: no longer worse without the busiest 1 % of networks, so somebody must look at it"
        case "segment":
            return f"one segment is worse: {story.segment_words()}"
        case "sample_ratio":
            whom = "all users" if story.ratio_alarm in {None, "all"} else f"{story.ratio_alarm}"
            return f"the canary's share of sessions is not the declared one ({whom}): lost beacons, or a wrong split"
        case "hard_failures":
            return f"the journeys failed 3 times in a row on {canary} from every location, while {baseline} passed"
        case "proven":
            return "harm above the margins is ruled out with 95 % confidence"
        case "not_disproven":
            return f"no sign of harm, but harm above the margin is not ruled out in {story.unproven()}"
        case "baking":
            return f"too early: at least {story.rules.bake_minutes} min together, 60 of them at peak, are needed"
        case "sample_too_small" | "sample_not_reached":
            end = (
                ", and max_bake has passed: give the canary a larger share, or raise max_bake"
                if code == "sample_not_reached"
                else ""
            )
            return f"the sample is too small{story.sample_words()}{end}"
        case "never_together":
            return f"{canary} and {baseline} never had users at the same time, so they can't be compared"
        case "baseline_empty":
            return f"there is no baseline: no session of {baseline} has arrived since {story.since}"
        case "canary_empty":
            return f"no session of {canary} has arrived since {story.since}"
        case "baseline_missing":
            return f"the baseline {baseline} has sent almost nothing{silent} while {canary} reports"
        case "canary_missing":
            return (
                f"the canary's beacons are missing: {canary} has sent almost nothing{silent} while {baseline} reports"
            )
        case "both_missing":
            return f"nothing arrives from either version{silent}: a fault of the pipeline, or no users; not of {canary}"
        case "metric_no_data":
            return f"never seen: {listed([label(n) for n in story.required_without_data()])}"
        case "not_registered":
            return f"{canary} is not registered (leadline deploy mark), so Leadline does not act on it by itself"
        case "networks_unknown":
            return "no networks are known (imported data), so Leadline does not act on it by itself"
        case "older_than_kept":
            kept = as_time(moment_after((story.evidence.kept_since or 0) - 1))
            return f"rows from before {kept} are not kept ([retention] raw), so they may be missing from the evidence"
        case "unusable_values":
            found = [(label(metric.name), metric.unusable) for metric in story.evidence.metrics if metric.unusable]
            return "left out, because they are not numbers or are below zero: " + listed(
                [f"{count:,} values of {name}" for name, count in found]
            )
        case "not_rehearsed" | "budget_low" | "budget_frozen":
            raise ValueError(f"{code} is no reason of the evidence: whoever holds a promotion back says it")
        case "single_look":
            return "--since makes this a single look, not the release's own evidence: Leadline does not act on it"


def _about(n: int) -> str:
    digits = max(len(str(n)) - 2, 0)
    return f"{round(n, -digits):,}"
