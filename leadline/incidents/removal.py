"""Closes an incident whose monitor, or one of its cohorts, is no longer in the configuration. Pure.

Nothing will run there again, so nothing could ever resolve it. Everybody who was paged is told that the monitor
was removed, never that it works again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from leadline.incidents.titles import title_incident
from leadline.incidents.transitions import Judgement
from leadline.model import Finding, Incident, IncidentState, TransitionKind

__all__ = ["close_removed"]


def close_removed(incident: Incident, *, is_planned: Callable[[Incident, Finding], bool], now: datetime) -> Judgement:
    """The incident without the findings of removed places: changed if others still fail, else
    resolved. Unchanged, with no transition, if nothing was removed."""
    left = tuple(one for one in incident.findings if is_planned(incident, one))
    if len(left) == len(incident.findings):
        return Judgement(None, incident)
    removed = (replace(one, removed_at=now) for one in incident.findings if one not in left)
    ended = {one.place: one for one in (*incident.healed, *removed)}
    after = replace(incident, findings=left, healed=tuple(ended.values()))
    if left:
        return Judgement(TransitionKind.CHANGE, replace(after, title=title_incident(after)))
    return Judgement(
        TransitionKind.RESOLVE, replace(after, state=IncidentState.RESOLVED, resolved_at=now), is_news=True
    )
