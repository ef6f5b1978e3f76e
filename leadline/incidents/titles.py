"""The one line by which people know an incident, in lists and on a locked phone.

At most 60 characters, what a phone's lock screen shows (iOS and Android cut at 60 to 65). The monitor's name and the
version that fails outlive the step and the cohort when there is not room for all.
"""

from __future__ import annotations

from leadline.incidents.cleaning import clean_text, cut
from leadline.model import Incident

__all__ = ["MOST_TITLE_CHARACTERS", "name_monitor", "title_incident", "title_subject"]

MOST_TITLE_CHARACTERS = 60
# Long enough for real names; two of them and a version fit into a title.
_MOST_NAME, _MOST_VERSION, _MOST_COHORT, _MOST_STEP = 24, 16, 14, 16


def title_incident(incident: Incident) -> str:
    """`shop checkout fails at pay on 1.5.0 (canary)`; what does not fit is left out from the least needed on."""
    subject = title_subject(incident)
    shown = incident.failing or incident.healed
    steps = _name_all({one.step for one in shown}, limit=_MOST_STEP, noun="steps")
    versions = _name_all({one.service_version for one in shown}, limit=_MOST_VERSION, noun="versions")
    cohorts = _name_all({one.cohort for one in shown}, limit=_MOST_COHORT, noun="cohorts")
    at, on = (f" at {steps}" if steps else ""), (f" on {versions}" if versions else "")
    whom = f" ({cohorts})" if cohorts else ""
    for tail in (at + on + whom, on + whom, on, ""):
        title = f"{subject} fails{tail}"
        if len(title) <= MOST_TITLE_CHARACTERS:
            return title
    return cut(title, limit=MOST_TITLE_CHARACTERS)


def title_subject(incident: Incident) -> str:
    """`shop checkout`: the app and the monitor, short enough to say something of them in a title."""
    return f"{clean_text(incident.app, limit=_MOST_NAME)} {name_monitor(incident)}"


def name_monitor(incident: Incident) -> str:
    """The monitor's name, fit for a title."""
    return clean_text(incident.name, limit=_MOST_NAME) or incident.monitor


def _name_all(values: set[str | None], *, limit: int, noun: str) -> str:
    names = sorted(name for value in values if value and (name := clean_text(value, limit=limit)))
    return f"{len(names)} {noun}" if len(names) > 2 else ", ".join(names)
