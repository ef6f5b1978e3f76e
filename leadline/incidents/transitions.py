"""Findings about a subject open, change or resolve its incident. Pure.

It uses only findings, whatever their source: a run, a burn rate, a verdict, a silent location, Leadline's own
health. The caller commits the result (leadline/records/findings.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from leadline.incidents.titles import title_incident
from leadline.model import (
    Cause,
    Finding,
    Incident,
    IncidentKind,
    IncidentState,
    Place,
    Severity,
    Subject,
    TransitionKind,
)

__all__ = ["Judgement", "Observed", "end_quiet", "judge_findings"]

_RANK: dict[Severity, int] = {"warning": 0, "critical": 1}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of an observation. `incident` is the subject's incident afterwards, resolved or not; None if there
    is none. `is_news`: it should be sent and was not sent yet. `needs_confirmation` asks for another run of the same
    cohort and location."""

    transition: TransitionKind | None
    incident: Incident | None
    needs_confirmation: bool = False
    is_news: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was observed. `findings` are wrong now; `well` are the places that were observed and are healthy, each with
    the run that shows it (None: no run). `well` None: the whole subject was observed, so every place that is not among
    the findings is healthy."""

    findings: Sequence[Finding] = ()
    well: Mapping[Place, str | None] | None = None


def judge_findings(
    incident: Incident | None,
    observed: Observed,
    *,
    subject: Subject,
    kind: IncidentKind,
    now: datetime,
    new_incident_id: str,
    recent: Incident | None = None,
    quiet: timedelta | None = None,
) -> Judgement:
    """Judges one observation. `incident` is the subject's unresolved incident of that kind, if any.

    A finding in a new place, at a new step or of a worse severity is news; one that ends changes the incident but is
    not news. The incident resolves with its last finding.

    Given `quiet`, findings that come and go are one incident: `recent` is the subject's incident that ended less than
    `quiet`
    ago, and opens again. From then on it ends when it has been healthy for that time (`end_quiet`), and its turns are
    counted but not sent.
    """
    if incident is None:
        if not observed.findings:
            return Judgement(None, None)
        if recent is not None and quiet is not None:
            return Judgement(TransitionKind.OPEN, _come_back(recent, observed.findings, quiet=quiet), is_news=True)
        opened = _open(observed.findings, subject=subject, kind=kind, now=now, incident_id=new_incident_id)
        return Judgement(TransitionKind.OPEN, opened, is_news=True)
    found = {finding.place: finding for finding in observed.findings}
    before = {finding.place: finding for finding in incident.findings}
    healed = [one for one in incident.findings if one.place not in found and _is_well(one, observed)]
    changed = [one for one in found.values() if one.place not in before or _is_worse(one, before[one.place])]
    if not healed and not changed:
        return Judgement(None, incident)
    flapping = [one for one in changed if _has_just_healed(incident, one, now=now, quiet=quiet)]
    after = _change(incident, news=changed, healed=[_heal(one, observed, now=now) for one in healed])
    after = replace(after, turns=incident.turns + bool(flapping), quiet_since=None if after.findings else now)
    news = [one for one in changed if one not in flapping]
    if not after.findings and incident.turns and quiet is not None:
        after = replace(after, quiet_s=quiet.total_seconds())
    elif not after.findings:
        return Judgement(
            TransitionKind.RESOLVE, replace(after, state=IncidentState.RESOLVED, resolved_at=now), is_news=True
        )
    return Judgement(TransitionKind.CHANGE, replace(after, title=title_incident(after)), is_news=bool(news))


def end_quiet(incident: Incident, *, now: datetime) -> Judgement:
    """Resolves an incident that came and went, once it has been healthy for long enough."""
    if incident.quiet_since is None or incident.quiet_s is None or incident.findings:
        return Judgement(None, incident)
    # Below 0 the clock has been set back, or `now` was read just before a run that was committed first. Only a step as
    # long as the quiet itself ends it: shorter ones made a page per turn on a busy machine.
    if abs((now - incident.quiet_since).total_seconds()) < incident.quiet_s:
        return Judgement(None, incident)
    return Judgement(
        TransitionKind.RESOLVE, replace(incident, state=IncidentState.RESOLVED, resolved_at=now), is_news=True
    )


def _come_back(recent: Incident, findings: Sequence[Finding], *, quiet: timedelta) -> Incident:
    """The ended incident, open again and not acknowledged."""
    after = replace(
        _change(recent, news=findings, healed=()),
        state=IncidentState.OPEN,
        resolved_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        turns=recent.turns + 1,
        reopened=recent.reopened + 1,
        quiet_since=None,
        quiet_s=quiet.total_seconds(),
    )
    return replace(after, title=title_incident(after))


def _has_just_healed(incident: Incident, finding: Finding, *, now: datetime, quiet: timedelta | None) -> bool:
    """Whether the same thing was wrong a moment ago: a turn, not news."""
    if quiet is None:
        return False
    known = next((one for one in incident.healed if one.place == finding.place), None)
    return known is not None and known.healed_at is not None and abs(now - known.healed_at) <= quiet


def _open(
    findings: Sequence[Finding], *, subject: Subject, kind: IncidentKind, now: datetime, incident_id: str
) -> Incident:
    opened = Incident(
        incident_id=incident_id,
        subject=subject,
        kind=kind,
        title="",
        state=IncidentState.UNKNOWN if kind == "blindness" else IncidentState.OPEN,
        severity=_worst(one.severity for one in findings),
        since=min(one.since for one in findings),
        opened_at=now,
        service_version=next((one.service_version for one in findings if one.service_version), None),
        shared_cause=next((one.shared_cause for one in findings if one.shared_cause), None),
        findings=tuple({one.place: one for one in findings}.values()),
    )
    return replace(opened, title=title_incident(opened))


def _change(incident: Incident, *, news: Sequence[Finding], healed: Sequence[Finding]) -> Incident:
    """The incident with new or worse findings added, and ended ones moved; one that flaps is listed once."""
    findings = {one.place: one for one in incident.findings}
    for one in news:
        known = findings.get(one.place)
        findings[one.place] = one if known is None else replace(one, since=min(known.since, one.since))
    for one in healed:
        del findings[one.place]
    return replace(
        incident,
        findings=tuple(findings.values()),
        healed=tuple({one.place: one for one in (*incident.healed, *healed)}.values()),
        since=min([incident.since, *(one.since for one in news)]),
        severity=_worst([incident.severity, *(one.severity for one in news)]),
    )


def _is_well(finding: Finding, observed: Observed) -> bool:
    return observed.well is None or finding.place in observed.well


def _heal(finding: Finding, observed: Observed, *, now: datetime) -> Finding:
    return replace(finding, healed_run_id=(observed.well or {}).get(finding.place), healed_at=now)


def _is_worse(finding: Finding, known: Finding) -> bool:
    """A worse severity, a step that did not fail before, or a failure of what was slow."""
    fails_now = known.cause == Cause.BUDGET and finding.cause != Cause.BUDGET
    return (
        fails_now
        or _RANK[finding.severity] > _RANK[known.severity]
        or len(finding.earlier_steps) > len(known.earlier_steps)
    )


def _worst(severities: Iterable[Severity]) -> Severity:
    return max(severities, key=_RANK.__getitem__)
