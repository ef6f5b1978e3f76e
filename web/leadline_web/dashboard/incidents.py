"""An open incident on *Now*: its page's text, each failing cohort, and what Leadline did about it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadline.incidents import PageContext, write_page
from leadline.incidents.plain_errors import say_plainly
from leadline.model import Finding, Incident, TransitionKind

__all__ = ["draw_incident"]

# Characters: a card shows three lines, the rest is on hover. The whole text is in the incident itself.
_MOST_ERROR = 1000


def draw_incident(
    incident: Incident, context: PageContext, *, dashboard_url: str | None, now: datetime
) -> dict[str, Any]:
    """As the front end reads it. The text is that of a page sent now, without the impact on users and without links
    that act."""
    page = write_page(
        incident, TransitionKind.OPEN, is_combined=False, dashboard_url=dashboard_url, now=now, context=context
    )
    return {
        "incident_id": incident.incident_id,
        "app": incident.subject.app or "Leadline",
        "monitor": incident.subject.kind,
        "name": incident.subject.name,
        "kind": incident.kind,
        "title": incident.title,
        "text": page.body,
        "state": incident.state,
        "severity": incident.severity,
        "since": incident.since,
        "acknowledged_by": incident.acknowledged_by,
        "service_version": incident.service_version,
        "machine": [*context.machine, *([context.recovered] if context.recovered else [])],
        "is_rolled_back": context.is_rolled_back,
        "failing": [_draw_finding(one) for one in incident.findings],
    }


def _draw_finding(one: Finding) -> dict[str, Any]:
    return {
        "cohort": one.cohort,
        "location": one.location,
        "run_id": one.run_id,
        "since": one.since,
        "step": one.step,
        "service_version": one.service_version,
        "error_message": (one.error_message or "")[:_MOST_ERROR] or None,
        "error": say_plainly(one)[:_MOST_ERROR],
        "screenshot": next(
            (
                f"v1/runs/{file.path.split('/')[-2]}/evidence/{file.path.rpartition('/')[2]}"
                for file in one.evidence
                if file.kind == "screenshot"
            ),
            None,
        ),
    }
