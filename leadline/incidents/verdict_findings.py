"""Turns a verdict into findings about a release, one per metric. *Hold* is no finding: it pages nobody.

A canary that no user gets any more is healthy again, whatever its evidence says. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leadline.incidents.titles import title_incident
from leadline.incidents.transitions import Observed
from leadline.model.incidents import Finding, Incident, Severity
from leadline.model.verdicts import Verdict, VerdictReason

__all__ = ["HARD_FAILURES", "find_in_verdict", "note_findings", "note_journeys"]

HARD_FAILURES = "hard_failures"
_PAGED = {"rollback", "pause"}
# Reasons with one finding of their own; `worse` and `suspect` have a finding per metric.
_ALONE = {
    "hard_failures": "fails our journeys everywhere",
    "sample_ratio": "loses sessions",
    "segment": "is worse in one segment",
}


def find_in_verdict(verdict: Verdict) -> Observed | None:
    """None if the verdict says nothing about the release: missing data neither opens nor ends an incident."""
    if verdict.verdict in _PAGED and verdict.is_exposed:
        return Observed(findings=tuple(_findings(verdict)))
    if verdict.verdict == "no_data" and verdict.is_exposed:
        return None
    return Observed()


def note_journeys(release: Incident, pass_since: datetime | None) -> Incident:
    """The release's incident once its failed journeys pass again, or (None) fail. The verdict still holds, and
    the title says both."""
    findings = tuple(_note(one, pass_since) if one.part == HARD_FAILURES else one for one in release.findings)
    if findings == release.findings:
        return release
    after = replace(release, findings=findings)
    return replace(after, title=title_incident(after))


def _note(finding: Finding, pass_since: datetime | None) -> Finding:
    if pass_since is None:
        return replace(finding, summary=_ALONE[HARD_FAILURES], journeys_pass_since=None)
    if finding.journeys_pass_since is not None:
        return finding
    verdict = "rollback" if finding.severity == "critical" else "pause"
    # Without "UTC": a title has room only for the minute, and the page's text names the zone.
    summary = f"judged {verdict}; journeys pass since {pass_since.astimezone(UTC):%H:%M}"
    return replace(finding, summary=summary, journeys_pass_since=pass_since)


def note_findings(observed: Observed, pass_since: datetime | None) -> Observed:
    """The same of what is found now."""
    found = (_note(one, pass_since) if one.part == HARD_FAILURES else one for one in observed.findings)
    return replace(observed, findings=tuple(found))


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
