"""One page about several incidents: what they have in common, how many they are, and which. Pure.

Each keeps its incident; the list names them with the ids that `leadline ack` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from leadline.incidents.foreign_text import clean_text, cut
from leadline.incidents.page_formats import PageText, render
from leadline.incidents.plain_errors import say_plainly
from leadline.incidents.spans import write_clock, write_span
from leadline.incidents.titles import MOST_TITLE_CHARACTERS, title_subject
from leadline.model import Incident, TransitionKind

__all__ = ["write_group"]

# Nobody reads a longer list; the dashboard and `leadline incidents` list all.
_MOST_LISTED = 50
_MOST_CAUSE, _MOST_ERROR, _MOST_LINE = 40, 80, 120


def write_group(
    lead: PageText, incidents: Sequence[Incident], transition: TransitionKind, *, now: datetime, still_open: int = 0
) -> PageText:
    """`lead` is the page about the first of `incidents`; its links stay, because they open without a login.
    `still_open`: how many that failed together with those of an end are not over."""
    count = len(incidents)
    causes = {one.shared_cause for one in incidents}
    cause = clean_text(next(iter(causes)) or "", limit=_MOST_CAUSE) if len(causes) == 1 else ""
    noun = "monitors" if all(one.subject.kind in ("journey", "check") for one in incidents) else "incidents"
    is_over = transition is TransitionKind.RESOLVE
    since = min(one.since for one in incidents)
    if is_over:
        left = f" of {count + still_open}" if still_open else ""
        title = f"{_state_of_end(incidents)} {count}{left} {noun}{f' · {cause}' if cause else ''}"
        ended = max(one.resolved_at or now for one in incidents)
        all_over = (
            f"{count} of {count + still_open} are over, {still_open} not yet" if still_open else f"All {count} are over"
        )
        first = f"{all_over}: from {write_clock(since)} to {write_clock(ended)}, {write_span(ended - since)}."
    else:
        title = f"{_state_of(incidents)} {count} {noun}{f' · {cause}' if cause else ''}"
        error = _name_error(incidents)
        first = f"Since {write_clock(since)}. {count} {noun}{f' of one cause: {cause}' if cause else ' at once'}"
        first = cut(f"{first}{(f' ({error})' if cause else f': {error}') if error else ''}.", limit=_MOST_LINE)
    names = ", ".join(title_subject(one) for one in incidents[:_MOST_LISTED])
    listed = [f"{_say_what(one)} ({one.incident_id})" for one in incidents[:_MOST_LISTED]]
    if count > _MOST_LISTED:
        listed.append(f"… and {count - _MOST_LISTED} more: leadline incidents")
    page = render(
        cut(title, limit=MOST_TITLE_CHARACTERS),
        [first, cut(f"Which: {names}.", limit=_MOST_LINE)],
        lead.links,
        [listed],
    )
    if is_over:
        return page
    return replace(
        page,
        body=f"{page.body}\n\nThe first of them:\n{lead.title}\n{lead.body}",
        markdown=page.markdown,
        html=page.html,
    )


def _name_error(incidents: Sequence[Incident]) -> str:
    """The error that all of them have, or nothing."""
    errors = {_error_of(one) for one in incidents}
    return errors.pop() if len(errors) == 1 else ""


def _say_what(incident: Incident) -> str:
    error = _error_of(incident)
    return f"{title_subject(incident)}: {error}" if error else incident.title


def _error_of(incident: Incident) -> str:
    """The first finding's error in plain words; nothing if the title already says what is wrong."""
    first = next(iter(incident.findings or incident.healed), None)
    if first is None or first.summary or not (first.error_message or first.cause):
        return ""
    step = f"{clean_text(first.step, limit=_MOST_CAUSE)}: " if first.step else ""
    return clean_text(f"{step}{say_plainly(first).rstrip('.')}", limit=_MOST_ERROR)


def _state_of(incidents: Sequence[Incident]) -> str:
    if all(one.kind == "blindness" for one in incidents):
        return "BLIND"
    return "WARNING" if all(one.severity == "warning" for one in incidents) else "DOWN"


def _state_of_end(incidents: Sequence[Incident]) -> str:
    return "SEEN" if all(one.kind == "blindness" for one in incidents) else "UP"
