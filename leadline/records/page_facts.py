"""What the records know for the text of a page beyond its incident. Read by the sender and by *Now*, so that both say
the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadline.incidents import PageContext
from leadline.incidents.machine import is_rolled_back, say_recovered, say_release, say_what_was_done
from leadline.incidents.spans import write_clock
from leadline.model import Action, Incident, RunStatus
from leadline.records.nouns import LastResult, Silence
from leadline.records.records import Records

__all__ = ["read_page_facts"]

_MOST_ACTIONS = 1000
_WELL = frozenset({RunStatus.PASSED, RunStatus.DEGRADED})


def read_page_facts(records: Records, incident: Incident, *, last: Sequence[LastResult], now: datetime) -> PageContext:
    """Cohorts of the same monitor that pass or are unknown, the app's last deployment, and what hooks did.

    `last`: the last result of every monitor. Raises RecordsUnavailable.
    """
    subject = incident.subject
    broken = {one.cohort for one in incident.findings}
    siblings = [
        one
        for one in last
        if (one.monitor, one.app, one.name) == (subject.kind, subject.app, subject.name)
        and one.cohort is not None
        and one.cohort not in broken
    ]
    passing = {str(one.cohort) for one in siblings if one.status in _WELL}
    silence = next((one for one in records.silences(now) if one.mutes(incident, now)), None)
    deployed = records.deployments(app=subject.app, limit=1) if subject.app else []
    release = records.release_of(incident) if subject.kind == "journey" else None
    about = incident if subject.kind == "release" else release
    acted = _list_acts(records, about) if about is not None else []
    return PageContext(
        passing=tuple(sorted(passing)),
        unknown=tuple(sorted({str(one.cohort) for one in siblings} - passing)),
        silence=None if silence is None else _say_silence(silence),
        deployed_version=deployed[0].service_version if deployed else None,
        deployed_at=deployed[0].deployed_at if deployed else None,
        machine=tuple(say_what_was_done(acted)),
        recovered=say_recovered(acted),
        is_rolled_back=is_rolled_back(acted),
        release=None if release is None else say_release(release),
        remedy=next((one.remedy for one in release.findings if one.remedy), None) if release is not None else None,
        also_acknowledged=_count_acknowledged_with(records, incident),
    )


def _list_acts(records: Records, release: Incident) -> list[Action]:
    """What hooks did for the incident, and what a person did about its version meanwhile."""
    canary = release.service_version or release.subject.name
    by_hand = [
        action
        for action in records.actions(limit=_MOST_ACTIONS)
        if action.cause == "hand"
        and action.incident_id is None
        and (action.app, action.canary) == (release.subject.app, canary)
        and action.requested_at >= release.opened_at
        and (release.resolved_at is None or action.requested_at <= release.resolved_at)
    ]
    return [*records.actions(incident_id=release.incident_id), *by_hand]


def _count_acknowledged_with(records: Records, incident: Incident) -> int:
    """How many others of the same message the same person took at the same moment."""
    if incident.acknowledged_at is None:
        return 0
    return sum(one.acknowledged_at == incident.acknowledged_at for one in records.told_with(incident.incident_id))


def _say_silence(silence: Silence) -> str:
    return f"Silenced until {write_clock(silence.ends_at)} by {silence.created_by}: {silence.reason}."
