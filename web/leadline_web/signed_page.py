"""The body of a signed link's page: state first, then the actions for one thumb. HTML from values, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from leadline.incidents.spans import write_moment, write_span
from leadline.model import Finding, Incident, IncidentKind, IncidentState
from leadline.records import Silence

__all__ = ["describe_incident"]

# Names on a page for a phone; the count says how many there are.
_MOST_OTHERS = 50
_STATES: dict[IncidentKind, str] = {"failure": "Broken", "blindness": "Can't be seen"}


def describe_incident(
    incident: Incident,
    *,
    token: str,
    name: str,
    silences: Sequence[Silence],
    now: datetime,
    others: Sequence[Incident] = (),
) -> str:
    """What is broken, who is on it, the buttons, then the evidence. `name` is that of the person who opened a link
    here before. `others`: the incidents that the same message reported.
    """
    waiting = [one for one in others if one.state is not IncidentState.ACKNOWLEDGED]
    parts = [
        f'<p class="dim">{escape(incident.subject.app or "Leadline")} · {escape(incident.severity)}</p>',
        f"<h1>{escape(incident.title)}</h1>",
        f'<p><span class="state bad">{_STATES[incident.kind]}</span> since {escape(write_moment(incident.since))},'
        f" {escape(write_span(now - incident.since))} ago.</p>",
        _who(incident),
        *(f"<p>{escape(_say_silence(one))}</p>" for one in silences),
        *_buttons(incident, token=token, name=name, is_silenced=bool(silences), waiting=len(waiting)),
        "<hr>",
        *(_finding(one, token) for one in (incident.findings or incident.healed)),
        *_list_others(others),
    ]
    return "\n".join(part for part in parts if part)


def _who(incident: Incident) -> str:
    if incident.state is not IncidentState.ACKNOWLEDGED:
        return "<p>Nobody is on it yet.</p>"
    at = f" since {write_moment(incident.acknowledged_at)}" if incident.acknowledged_at else ""
    return (
        f'<p><span class="state good">{escape(incident.acknowledged_by or "Somebody")} is on it</span>{escape(at)}.</p>'
    )


def _say_silence(silence: Silence) -> str:
    return f"Pages are silenced until {write_moment(silence.ends_at)} by {silence.created_by}: {silence.reason}."


def _list_others(others: Sequence[Incident]) -> list[str]:
    """What else the message reported, and whether somebody is on it."""
    if not others:
        return []
    listed = "".join(f"<li>{escape(one.title)}{_say_taken(one)}</li>" for one in others[:_MOST_OTHERS])
    more = len(others) - _MOST_OTHERS
    rest = f"<li>… and {more} more</li>" if more > 0 else ""
    return ["<hr>", f"<p>In the same message, still open:</p><ul>{listed}{rest}</ul>"]


def _say_taken(incident: Incident) -> str:
    if incident.state is not IncidentState.ACKNOWLEDGED:
        return ""
    return f' <span class="dim">({escape(incident.acknowledged_by or "somebody")} is on it)</span>'


def _buttons(incident: Incident, *, token: str, name: str, is_silenced: bool, waiting: int) -> list[str]:
    """One form, so that a name is typed once; each button says where it goes. `waiting`: how many others of the same
    message nobody has acknowledged."""
    buttons = []
    is_taken = incident.state is IncidentState.ACKNOWLEDGED
    whom = f" ({escape(name)})" if name else ""
    if waiting:
        label = f"I am on the other {waiting}" if is_taken else f"I am on all {waiting + 1}"
        buttons.append(f'<button formaction="/i/{token}/ack-all">{label}{whom}</button>')
    if not is_taken:
        label, look = ("Only on this one", ' class="quiet"') if waiting else ("I am on it", "")
        buttons.append(f'<button{look} formaction="/i/{token}/ack">{label}{whom}</button>')
    if not is_silenced:
        buttons.append(
            f'<button id="silence" class="quiet" formaction="/i/{token}/silence">Silence this monitor for 1 h</button>'
        )
    if not buttons:
        return []
    asked = '<label>Your name <input name="name" required maxlength="60" autocomplete="name"></label>'
    kept = f'<input type="hidden" name="name" value="{escape(name)}">'
    return ['<form method="post">', kept if name else asked, *buttons, "</form>"]


def _finding(one: Finding, token: str) -> str:
    where = one.part or one.cohort or "everyone"
    if one.location:
        where += f", seen from {one.location}"
    lines = [
        f"<p><b>{escape(where)}</b>{f', version {escape(one.service_version)}' if one.service_version else ''}</p>"
    ]
    if one.step:
        lines.append(f'<p class="dim">Step {escape(one.step)}</p>')
    if one.error_message:
        lines.append(f"<pre>{escape(one.error_message[:1500])}</pre>")
    for file in one.evidence:
        run_id, name = file.path.split("/")[-2:]
        address = escape(f"/i/{token}/evidence/{run_id}/{name}")
        shown = '<img src="{0}" alt="What the browser saw">' if file.kind == "screenshot" else escape(file.kind)
        lines.append(f'<p><a href="{address}">{shown.format(address)}</a></p>')
    return "\n".join(lines)
