"""What a page says: a title for the lock screen, two lines that suffice to decide, then the detail.

Only what is broken is listed. Everything that comes from a site, a journey or a version's name is cleaned and cut here,
once, for every target. Refuses to know how a target formats or sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from leadline.incidents.cleaning import clean_lines, clean_text, cut
from leadline.incidents.spans import write_clock, write_moment, write_span
from leadline.incidents.titles import MOST_TITLE_CHARACTERS, title_incident, title_subject
from leadline.model import Finding, Incident, TransitionKind

__all__ = ["PageText", "write_page"]

# A phone shows about 120 characters of a notification's text before it must be unfolded (two lines of 60).
_MOST_LINE = 120
_MOST_NAME, _MOST_ERROR_LINE, _MOST_ERROR_LINES, _MOST_FILES, _MOST_COHORTS = 200, 300, 6, 6, 20


@dataclass(frozen=True, slots=True)
class PageText:
    """`title` has at most 60 characters; `body` is plain text whose first two lines stand alone."""

    title: str
    body: str


def write_page(
    incident: Incident, transition: TransitionKind, *, is_combined: bool, dashboard_url: str | None, now: datetime
) -> PageText:
    """The page about one transition. `is_combined` tells of an incident that ended before its opening was delivered."""
    if is_combined or transition is TransitionKind.RESOLVE:
        return _write_resolved(incident, is_combined=is_combined, dashboard_url=dashboard_url, now=now)
    return _write_broken(incident, dashboard_url=dashboard_url, now=now)


def _write_broken(incident: Incident, *, dashboard_url: str | None, now: datetime) -> PageText:
    failing = incident.findings or incident.healed
    worst = failing[0] if failing else None
    since = f"Since {write_clock(incident.since)}, {write_span(now - incident.since)} ago"
    return PageText(
        title_incident(incident),
        _join(
            [cut(_say_error(worst), limit=_MOST_LINE), cut(f"{since}; {_say_affected(failing)}.", limit=_MOST_LINE)],
            [
                f"What: {_say_subject(incident)}",
                *(line for one in failing[:_MOST_COHORTS] for line in _describe(one, dashboard_url)),
            ],
            [*_say_machine(failing), *_say_next(incident, dashboard_url)],
        ),
    )


def _write_resolved(incident: Incident, *, is_combined: bool, dashboard_url: str | None, now: datetime) -> PageText:
    ended = incident.resolved_at or now
    span = write_span(ended - incident.since)
    subject = title_subject(incident)
    healed = incident.healed or incident.findings
    title = f"{subject} was down {span}, now up" if is_combined else f"{subject} is up again after {span}"
    removed = [one for one in healed if one.removed_at is not None]
    if removed:
        title = f"{subject}: removed while it failed" if len(removed) == len(healed) else f"{subject}: up or removed"
    told = "The page about it was not delivered in time: it" if is_combined else "It"
    first = f"{told} failed from {write_clock(incident.since)} to {write_clock(ended)}, {span}."
    return PageText(
        cut(title, limit=MOST_TITLE_CHARACTERS),
        _join(
            [
                cut(first, limit=_MOST_LINE),
                cut(f"It was: {_say_error(healed[0] if healed else None)}", limit=_MOST_LINE),
            ],
            [
                f"What: {_say_subject(incident)}",
                f"Since: {write_moment(incident.since)}",
                f"Until: {write_moment(ended)}",
                *(line for one in healed[:_MOST_COHORTS] for line in _describe_healed(one)),
            ],
            [f"Next: {_say_rest(removed)}; to look back: {_say_where(incident, dashboard_url)}"],
        ),
    )


def _describe(one: Finding, dashboard_url: str | None) -> list[str]:
    """The detail of one failing cohort and location."""
    lines = [
        "",
        f"Affected: {_say_cohort(one)}{_say_location(one)}",
        f"Version: {_say_version(one)}",
        f"Since: {write_moment(one.since)}",
    ]
    if one.part:
        lines.insert(1, f"Part: {clean_text(one.part, limit=_MOST_NAME)}")
    if one.step:
        lines.append(f"Step: {clean_text(one.step, limit=_MOST_NAME)}")
    error = clean_lines(one.error_message or "")
    if error:
        shown = [cut(line, limit=_MOST_ERROR_LINE) for line in error[:_MOST_ERROR_LINES]]
        more = [f"  … {len(error) - _MOST_ERROR_LINES} lines more"] if len(error) > _MOST_ERROR_LINES else []
        lines += ["Error:", *(f"  {line}" for line in shown), *more]
    elif one.cause:
        lines.append(f"Error: {one.cause.replace('_', ' ')}")
    for file in one.evidence[:_MOST_FILES]:
        lines.append(f"Evidence: {file.kind} {_say_file(clean_text(file.path, limit=_MOST_NAME), dashboard_url)}")
    if one.remedy:
        lines.append(f"Remedy: {clean_text(one.remedy, limit=_MOST_ERROR_LINE)}")
    if one.run_id:
        lines.append(f"Runs: {', '.join([one.run_id, *one.confirmed_by])}")
    return lines


def _describe_healed(one: Finding) -> list[str]:
    runs = f"run {one.run_id} failed first" if one.run_id else f"wrong since {write_clock(one.since)}"
    if one.removed_at:
        runs += f", removed from the configuration at {write_clock(one.removed_at)}: nothing checks it any more"
    elif one.healed_run_id and one.healed_at:
        runs += f", run {one.healed_run_id} passed at {write_clock(one.healed_at)}"
    elif one.healed_at:
        runs += f", well since {write_clock(one.healed_at)}"
    return [f"{_say_who(one)}: {runs}"]


def _say_rest(removed: list[Finding]) -> str:
    return "nobody knows whether it works again, because nothing checks it any more" if removed else "nothing to do"


def _say_machine(failing: tuple[Finding, ...]) -> list[str]:
    """What has been done already, so that nobody does it again."""
    if not any(one.run_id for one in failing):
        return []
    reruns = max((len(one.confirmed_by) for one in failing), default=0)
    if not reruns:
        return ["Already done: nothing; it counts at once (confirm = 1)"]
    if reruns == 1:
        return ["Already done: re-ran it once at once, it failed again"]
    return [f"Already done: re-ran it {reruns} times at once, it failed each time"]


def _say_next(incident: Incident, dashboard_url: str | None) -> list[str]:
    return [
        f"Next: {_say_where(incident, dashboard_url)}",
        f"Say that you are on it: leadline ack {incident.incident_id}",
    ]


def _say_where(incident: Incident, dashboard_url: str | None) -> str:
    """The dashboard's view of the monitor, or the command that shows the incident."""
    if dashboard_url is None:
        return "leadline incidents"
    view = f"#/journey?{urlencode({'app': incident.subject.app, 'name': incident.subject.name})}"
    return f"{dashboard_url.rstrip('/')}/{view if incident.subject.kind == 'journey' else ''}"


def _say_file(path: str, dashboard_url: str | None) -> str:
    """Its address; without a dashboard its path in the home's evidence folder (day/run/name)."""
    if dashboard_url is None or path.count("/") < 2:
        return path
    run_id, name = path.split("/")[-2:]
    return f"{dashboard_url.rstrip('/')}/v1/runs/{run_id}/evidence/{name}"


def _say_error(one: Finding | None) -> str:
    """One line: the step and the first line of the error, or the cause in words."""
    if one is None:
        return "no error was recorded"
    error = next((line for line in clean_lines(one.error_message or "") if line.strip()), "")
    error = error.strip() or (one.cause.replace("_", " ") if one.cause else "failed without an error text")
    return f"{clean_text(one.step, limit=40)}: {error}" if one.step else error


def _say_affected(failing: tuple[Finding, ...]) -> str:
    who = dict.fromkeys(_say_who(one) for one in failing)
    return f"affected: {', '.join(who)}" if who else "nobody is affected any more"


def _say_who(one: Finding) -> str:
    return f"{_say_cohort(one)} on version {_say_version(one)}" if one.service_version else _say_cohort(one)


def _say_cohort(one: Finding) -> str:
    return f"users of {clean_text(one.cohort, limit=_MOST_NAME)}" if one.cohort else "everyone"


def _say_version(one: Finding) -> str:
    return clean_text(one.service_version, limit=_MOST_NAME) if one.service_version else "unknown"


def _say_location(one: Finding) -> str:
    return f", seen from {clean_text(one.location, limit=_MOST_NAME)}" if one.location else ""


def _say_subject(incident: Incident) -> str:
    subject = incident.subject
    said = f"{subject.kind} {clean_text(subject.name, limit=_MOST_NAME)}"
    if subject.app:
        said += f" of {clean_text(subject.app, limit=_MOST_NAME)}"
    if subject.environment:
        said += f" ({clean_text(subject.environment, limit=_MOST_NAME)})"
    return f"{said}, {incident.severity}"


def _join(*blocks: list[str]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks)
