"""The verdict in a sentence or two, the same in the command, the API, the page and the dashboard."""

from __future__ import annotations

from leadline.analysis.verdicts.story import Story, reason_text
from leadline.analysis.verdicts.wording import (
    claims,
    figures,
    label,
    listed,
    segment_label,
)
from leadline.model.amounts import percent, percent_change
from leadline.model.verdicts import MetricFinding

# The totals' difference counts as misleading if it is this far from the comparison of like with like.
SIMPSON = 0.03
# A segment is named where its difference is this many times that of all users.
CONCENTRATED = 1.3


def tell(story: Story) -> str:
    """Two to four sentences, the first of which can stand alone."""
    canary, baseline = story.evidence.canary, story.evidence.baseline
    match story.verdict:
        case "rollback":
            return " ".join(
                filter(None, (_charge(story, "Roll back", "it "), _unchanged(story), _simpson(story), _sample(story)))
            )
        case "pause":
            return " ".join(filter(None, (_pause(story), _unchanged(story), _simpson(story), _sample(story))))
        case "promote":
            lead = f"Promote {canary}: {_first_reason(story)}."
            return " ".join((lead, _compared(story), _sample(story)))
        case "inconclusive":
            lead = f"Hold {canary}: {_first_reason(story)}."
            nothing = (
                "" if "never_together" in story.codes else f"So far nothing speaks against it compared with {baseline}."
            )
            return " ".join(filter(None, (lead, nothing, _simpson(story))))
        case "no_data":
            return f"Hold {canary}: {_first_reason(story)}."


def _first_reason(story: Story) -> str:
    return reason_text(story.codes[0], story)


def _charge(story: Story, order: str, verb: str) -> str:
    canary, baseline = story.evidence.canary, story.evidence.baseline
    worse = story.in_state("worse")
    if not worse:
        return f"{order} {canary}: {_first_reason(story)}."
    details = "; ".join(figures(finding) + _where(finding) for finding in worse)
    return f"{order} {canary}: {verb}{claims(worse)} than {baseline}. {details}."


def _pause(story: Story) -> str:
    canary, baseline = story.evidence.canary, story.evidence.baseline
    suspects = story.in_state("suspect", "worse")
    if suspects:
        details = "; ".join(figures(finding) + _where(finding) for finding in suspects)
        more = f" {reason_text('one_network', story)}." if "one_network" in story.codes else ""
        return f"Pause {canary}: it probably {claims(suspects)} than {baseline}. {details}.{more}"
    return f"Pause {canary}: {_first_reason(story)}."


def _where(finding: MetricFinding) -> str:
    """The segment with the most harm, unless all are alike."""
    places = list(filter(None, (_worst_segment(finding), _worst_route(finding))))
    return f", most of all {listed(places)}" if places else ""


def _worst_segment(finding: MetricFinding) -> str:
    ratio, whole = finding.segment_difference_ratio, finding.difference_ratio
    if finding.segment is None or ratio is None or whole is None or abs(ratio) < CONCENTRATED * abs(whole):
        return ""
    return f"on {segment_label(finding.segment)} ({percent_change(ratio)})"


def _worst_route(finding: MetricFinding) -> str:
    """`on /checkout (+62.0 %)`; where the baseline had none, `on /checkout (8.0 % against 0.00 %)`."""
    if finding.route is None:
        return ""
    place = f"in {finding.route}" if finding.name.startswith("requests") else f"on {finding.route}"
    ratio = finding.route_difference_ratio
    if ratio is not None:
        return f"{place} ({percent_change(ratio)})"
    return (
        f"{place} ({percent(finding.route_canary_value or 0.0)} against {percent(finding.route_baseline_value or 0.0)})"
    )


def _unchanged(story: Story) -> str:
    hurt = {finding.name for finding in story.findings if "segment" in story.codes and finding.segment is not None}
    if "hard_failures" in story.codes:
        hurt.add("journeys")
    quiet = [finding for finding in story.in_state("fine", "unclear") if finding.name not in hurt]
    return f"No sign of harm in {listed([label(finding.name) for finding in quiet])}." if quiet else ""


def _compared(story: Story) -> str:
    shown = [finding for finding in story.findings if finding.difference_ratio is not None]
    return (
        f"Compared with {story.evidence.baseline}: {'; '.join(figures(finding) for finding in shown)}." if shown else ""
    )


def _simpson(story: Story) -> str:
    """A warning if the plain totals differ; the opposite sign first."""
    opposite = next((finding.warning for finding in story.findings if finding.warning is not None), None)
    if opposite is not None:
        return opposite
    for finding in story.findings:
        pooled, alike = finding.pooled_difference_ratio, finding.difference_ratio
        if pooled is None or alike is None or finding.low_ratio is None or finding.high_ratio is None:
            continue
        if abs(pooled - alike) > SIMPSON and not finding.low_ratio <= pooled <= finding.high_ratio:
            return (
                f"The plain totals of {label(finding.name)} mislead ({percent_change(pooled)}): "
                f"canary and baseline were used at different hours or on different devices."
            )
    return ""


def _sample(story: Story) -> str:
    alpha = story.rules.alpha if story.verdict == "rollback" else story.rules.alpha_pause
    counts = f"{story.canary_sessions:,} canary and {story.baseline_sessions:,} baseline sessions"
    if story.verdict == "promote" or "hard_failures" in story.codes:  # a rule without an error probability
        return f"{counts}."
    done = "rolled back" if story.verdict == "rollback" else "paused"
    return f"{counts}; at most {alpha * 100:g} % of healthy releases are ever {done}."
