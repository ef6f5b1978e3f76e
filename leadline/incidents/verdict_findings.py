"""What a verdict says is wrong with a release: one finding a metric. To hold is no finding: nobody is paged for it.

A canary that no user gets any more is well again, whatever its evidence says. Pure.
"""

from __future__ import annotations

from datetime import datetime

from leadline.incidents.transitions import Observed
from leadline.model.incidents import Finding, Severity
from leadline.model.verdicts import Verdict, VerdictReason

__all__ = ["find_in_verdict"]

_PAGED = {"rollback", "pause"}
# Reasons that stand for themselves; `worse` and `suspect` have a finding per metric.
_ALONE = {
    "hard_failures": "fails our own journeys everywhere",
    "sample_ratio": "loses sessions",
    "segment": "is worse in one segment",
}


def find_in_verdict(verdict: Verdict) -> Observed | None:
    """None where it says nothing about the release: silence neither opens nor ends an incident."""
    if verdict.verdict in _PAGED and verdict.is_exposed:
        return Observed(findings=tuple(_findings(verdict)))
    if verdict.verdict == "no_data" and verdict.is_exposed:
        return None
    return Observed()


def _findings(verdict: Verdict) -> list[Finding]:
    severity: Severity = "critical" if verdict.verdict == "rollback" else "warning"
    states = {"worse", "suspect"}
    found = [
        _finding(verdict, metric.name, metric.claim, severity, metric.since or verdict.decided_at)
        for metric in verdict.metrics
        if metric.state in states and metric.claim
    ]
    found += [
        _finding(verdict, reason.code, _ALONE[reason.code], severity, verdict.decided_at, reason)
        for reason in verdict.reasons
        if reason.code in _ALONE
    ]
    return found or [_finding(verdict, "verdict", "is worse", severity, verdict.decided_at)]


def _finding(
    verdict: Verdict,
    part: str,
    summary: str,
    severity: Severity,
    since: datetime,
    reason: VerdictReason | None = None,
) -> Finding:
    order = "Roll back" if verdict.verdict == "rollback" else "Pause the rollout of"
    return Finding(
        since=since,
        part=part,
        severity=severity,
        summary=summary,
        service_version=verdict.canary,
        error_message=reason.text if reason is not None else verdict.sentence,
        remedy=f"{order} {verdict.canary}. leadline verdict --app {verdict.app} --explain shows the evidence.",
    )
