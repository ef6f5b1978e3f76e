"""The title of an incident, in lists and on a locked phone.

At most 60 characters, what a phone's lock screen shows (iOS and Android cut at 60 to 65). The subject's name and the
failing version are kept longer than the step and the cohort if there is no room for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadline.incidents.foreign_text import clean_text, cut
from leadline.incidents.spans import write_span
from leadline.model import Finding, Incident, TransitionKind

__all__ = ["MOST_TITLE_CHARACTERS", "name_person", "title_incident", "title_page", "title_subject"]

MOST_TITLE_CHARACTERS = _MOST = 60
# Long enough for real names; two of them and a version fit into a title.
_MOST_NAME, _MOST_VERSION, _MOST_COHORT, _MOST_STEP, _MOST_SUMMARY = 24, 16, 14, 16, 48


def title_incident(incident: Incident) -> str:
    """`shop checkout fails at pay on 1.5.0 (canary)`; if it is too long, the least important parts are left out."""
    subject = title_subject(incident)
    shown = incident.findings or incident.healed
    says = _say(shown) or "fails"
    steps = _name_all({one.step for one in shown}, limit=_MOST_STEP, noun="steps")
    versions = _name_versions(incident)
    cohorts = _name_all({one.cohort for one in shown}, limit=_MOST_COHORT, noun="cohorts")
    at, on = (f" at {steps}" if steps else ""), (f" on {versions}" if versions else "")
    whom = f" ({cohorts})" if cohorts else ""
    for said in (says, says.partition(";")[0]):
        for tail in (at + on + whom, on + whom, on, ""):
            title = f"{subject} {said}{tail}"
            if len(title) <= MOST_TITLE_CHARACTERS:
                return title
    return cut(title, limit=MOST_TITLE_CHARACTERS)


def title_page(incident: Incident, transition: TransitionKind, *, is_combined: bool, now: datetime) -> str:
    """The title of a page, its state first: `DOWN shop checkout · pay · 1.5.0 (canary)`."""
    subject = title_subject(incident)
    if is_combined or transition is TransitionKind.RESOLVE:
        return cut(f"{_state_of_end(incident)} {subject} · {_say_end(incident, is_combined, now)}", limit=_MOST)
    if transition is TransitionKind.RECOVER:
        return cut(f"RECOVERED {subject} · {write_span(now - incident.since)} after it began", limit=_MOST)
    if transition is TransitionKind.ACKNOWLEDGE:
        return cut(f"{name_person(incident.acknowledged_by)} is on it: {subject}", limit=_MOST)
    if transition is TransitionKind.SILENCE:
        return cut(f"Silenced: {subject}", limit=_MOST)
    shown = incident.findings or incident.healed
    says = _say(shown)
    steps = _name_all({one.step for one in shown}, limit=_MOST_STEP, noun="steps")
    versions = _name_versions(incident)
    cohorts = _name_all({one.cohort for one in shown}, limit=_MOST_COHORT, noun="cohorts")
    whom = f"{versions} ({cohorts})" if versions and cohorts else versions or cohorts
    short = says.partition(";")[0]
    for tail in ((says or steps, whom), (says, whom), (says, versions), (says,), (short,), ()):
        title = " · ".join([f"{_state_of(incident)} {subject}", *(part for part in tail if part)])
        if len(title) <= _MOST:
            return title
    return cut(title, limit=_MOST)


def _say(shown: Sequence[Finding]) -> str:
    """The first summary. If there is little room, only its part before a semicolon."""
    return next((text for one in shown if (text := clean_text(one.summary or "", limit=_MOST_SUMMARY))), "")


def _name_versions(incident: Incident) -> str:
    """The versions; none for a release, because its subject names the version."""
    if incident.subject.kind == "release":
        return ""
    shown = incident.findings or incident.healed
    return _name_all({one.service_version for one in shown}, limit=_MOST_VERSION, noun="versions")


def name_person(name: str | None) -> str:
    """The name of the person who did something. Without tokens web knows no names ("anybody")."""
    return "Somebody" if name in (None, "", "anybody") else clean_text(name, limit=_MOST_NAME)


def _state_of(incident: Incident) -> str:
    """One word in capitals, which a locked phone shows first."""
    if incident.kind == "blindness":
        return "BLIND"
    if incident.severity == "warning":
        return "WARNING"
    return "DOWN" if incident.subject.kind in ("journey", "check", "location") else "ALERT"


def _state_of_end(incident: Incident) -> str:
    healed = incident.healed or incident.findings
    if healed and all(one.removed_at is not None for one in healed):
        return "GONE"
    if incident.kind == "blindness":
        return "SEEN"
    return "UP" if incident.subject.kind in ("journey", "check", "location") else "WELL"


def _say_end(incident: Incident, is_combined: bool, now: datetime) -> str:
    healed = incident.healed or incident.findings
    removed = [one for one in healed if one.removed_at is not None]
    if removed:
        return "removed while it failed" if len(removed) == len(healed) else "up or removed"
    span = write_span((incident.resolved_at or now) - incident.since)
    if is_combined:
        return f"{'was blind' if incident.kind == 'blindness' else 'was down'} {span}"
    return f"{'again ' if incident.kind == 'blindness' else ''}after {span}"


def title_subject(incident: Incident) -> str:
    """`shop checkout`, `shop beacons`, `location paris`, `Leadline outbox`: short enough for a title."""
    subject = incident.subject
    name = clean_text(subject.name, limit=_MOST_NAME) or subject.kind
    if subject.kind == "location" or (subject.kind == "leadline" and not subject.app):
        return f"{subject.kind.replace('leadline', 'Leadline')} {name}"
    return f"{clean_text(subject.app or '', limit=_MOST_NAME)} {name}".strip()


def _name_all(values: set[str | None], *, limit: int, noun: str) -> str:
    names = sorted(name for value in values if value and (name := clean_text(value, limit=limit)))
    return f"{len(names)} {noun}" if len(names) > 2 else ", ".join(names)
