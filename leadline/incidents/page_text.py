"""The text of a page: state first, then what decides whether to get up, links that work on a phone, and last the
details.

It lists only what is broken. Everything that comes from a site, a journey or a version's name is cleaned and cut here,
once, for every target. No path of the server and no id is above the fold. It does not know how a target sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from leadline.incidents.foreign_text import clean_lines, clean_text, cut
from leadline.incidents.page_context import NO_CONTEXT, PageContext
from leadline.incidents.page_formats import PageText, render
from leadline.incidents.page_links import list_links
from leadline.incidents.plain_errors import say_plainly
from leadline.incidents.spans import write_clock, write_moment, write_span
from leadline.incidents.titles import name_person, title_page, title_subject
from leadline.incidents.trial_page import write_trial
from leadline.model import Finding, Incident, IncidentKind, TransitionKind

__all__ = ["PageText", "write_page"]

# A phone shows about 120 characters of a notification's text before it must be unfolded (two lines of 60).
_MOST_LINE = 120
_MOST_NAME, _MOST_ERROR_LINE, _MOST_ERROR_LINES, _MOST_FINDINGS = 200, 300, 6, 20
# What Leadline did decides whether to get up: it may take one more line.
_MOST_MACHINE = 240
# A deployment longer ago than this explains nothing by itself.
_RECENT = timedelta(hours=24)


def write_page(
    incident: Incident,
    transition: TransitionKind,
    *,
    is_combined: bool,
    dashboard_url: str | None,
    now: datetime,
    context: PageContext = NO_CONTEXT,
) -> PageText:
    """The page about one transition. `is_combined`: the incident ended before its opening was delivered."""
    if transition is TransitionKind.TEST:
        return write_trial(incident, dashboard_url=dashboard_url)
    is_over = is_combined or transition is TransitionKind.RESOLVE
    title = title_page(incident, transition, is_combined=is_combined, now=now)
    links = list_links(incident, context, dashboard_url, is_over=is_over or transition is TransitionKind.RECOVER)
    if transition is TransitionKind.RECOVER:
        return render(title, _head_of_recovery(incident, context), links, _describe_end(incident, context))
    if is_over:
        head = _head_of_end(incident, context, is_combined=is_combined, now=now)
        return render(title, head, links, _describe_end(incident, context))
    head = _head(incident, transition, context, now)
    found = list(_describe_all(incident, is_done=context.is_rolled_back))
    return render(title, head, links, [*found, _rest(incident, context, dashboard_url)])


def _head(incident: Incident, transition: TransitionKind, context: PageContext, now: datetime) -> list[str]:
    findings = incident.findings or incident.healed
    first = [f"Since {write_clock(incident.since)}."]
    if incident.turns:
        first.append(f"It comes and goes: back for the {_ordinal(incident.turns)} time.")
    if incident.acknowledged_by:
        others = f", and on {context.also_acknowledged} more" if context.also_acknowledged else ""
        first.append(f"{name_person(incident.acknowledged_by)} is on it{others}.")
    if context.silence:
        first.append(clean_text(context.silence, limit=_MOST_LINE - 20))
    if context.release:
        first.append(clean_text(context.release, limit=_MOST_LINE - 20))
    first += [_say_passing(one) for one in findings if one.journeys_pass_since is not None][:1]
    if transition is TransitionKind.CHANGE and findings and not (context.release and len(findings) == 1):
        first += _say_news(findings, incident.kind, is_done=context.is_rolled_back)
    first += (
        [f"{_and(context.passing)} {'passes' if len(context.passing) == 1 else 'pass'}."] if context.passing else []
    )
    first += [f"{_and(context.unknown)}: not known yet."] if context.unknown else []
    first += [clean_text(context.impact, limit=_MOST_LINE)] if context.impact else []
    machine = _say_machine(context)
    second = [f"{cut(_say_error(findings[0] if findings else None), limit=_MOST_LINE)}{_say_reruns(findings)}."]
    remedy = (context.remedy or (findings[0].remedy if findings else None)) if not context.is_rolled_back else None
    to_do = [f"To do: {clean_text(remedy, limit=_MOST_LINE - 7)}"] if remedy else []
    said = _fit([*second, *to_do, *_say_deployed(context, now)])
    # What to do is never left out for want of room.
    return [_fit(first), *machine, said, *(one for one in to_do if one not in said)]


def _say_news(findings: tuple[Finding, ...], kind: IncidentKind, *, is_done: bool) -> list[str]:
    """What is new since the last page: a finding that was added stands last, a step that failed before has a next.

    `is_done`: it was taken back; then that is the news, unless another finding is.
    """
    added = findings[-1]
    if len(findings) > 1 and not added.earlier_steps:
        return [f"Now also: {_say_who(added, kind)}."]
    moved = next((one for one in findings if one.earlier_steps and one.step), None)
    if moved is None:
        return [] if is_done else ["It is worse than before."]
    before = clean_text(moved.earlier_steps[-1], limit=40)
    return [f"Now it fails at {clean_text(moved.step or '', limit=40)}, before that at {before}."]


def _say_machine(context: PageContext) -> list[str]:
    """What Leadline did last, and that the figures are back."""
    said = [*context.machine[-1:], *([context.recovered] if context.recovered else [])]
    return [clean_text(one, limit=_MOST_MACHINE) for one in said]


def _head_of_recovery(incident: Incident, context: PageContext) -> list[str]:
    """No need to get up: the reported harm is gone since the rollback."""
    back = clean_text(context.recovered or "Its figures are at the baseline's level again.", limit=_MOST_MACHINE)
    machine = [clean_text(one, limit=_MOST_MACHINE) for one in context.machine[-1:]]
    wrong = incident.healed or incident.findings
    was = ", ".join(dict.fromkeys(one.summary for one in wrong if one.summary)) or "is judged as bad"
    return [back, *machine, clean_text(f"It was: {title_subject(incident)} {was}.", limit=_MOST_LINE)]


def _say_passing(one: Finding) -> str:
    since = f" since {write_clock(one.journeys_pass_since)}" if one.journeys_pass_since else ""
    return f"Our journeys pass again{since}; the verdict stands."


def _ordinal(count: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def _head_of_end(incident: Incident, context: PageContext, *, is_combined: bool, now: datetime) -> list[str]:
    ended = incident.resolved_at or now
    was = f"from {write_clock(incident.since)} to {write_clock(ended)}, {write_span(ended - incident.since)}"
    told = "The page about it was not delivered in time: it" if is_combined else "It"
    healed = incident.healed or incident.findings
    says = "It was: " + "; ".join(dict.fromkeys(_say_error(one) for one in healed)) if healed else "It was: unknown"
    verb = "could not be seen" if incident.kind == "blindness" else "failed"
    release = [clean_text(context.release, limit=_MOST_LINE)] if context.release else []
    machine = _say_machine(context) if release or context.recovered else []
    return [cut(f"{told} {verb} {was}.", limit=_MOST_LINE), *release, *machine, cut(says, limit=_MOST_LINE)]


def _describe_end(incident: Incident, context: PageContext) -> list[list[str]]:
    healed = incident.healed or incident.findings
    removed = any(one.removed_at is not None for one in healed)
    rest = "Nobody knows whether it works again, because nothing checks it any more." if removed else "Nothing to do."
    if context.release and context.remedy and not context.is_rolled_back:
        rest = f"To do: {clean_text(context.remedy, limit=_MOST_LINE)}"  # healed, but its release has not
    return [
        [rest],
        [
            f"What: {_say_subject(incident)}",
            f"Since: {write_moment(incident.since)}",
            *([f"Until: {write_moment(incident.resolved_at)}"] if incident.resolved_at else []),
            *(_describe_healed(one, incident.kind) for one in healed[:_MOST_FINDINGS]),
        ],
    ]


def _describe_all(incident: Incident, *, is_done: bool) -> Iterator[list[str]]:
    for one in (incident.findings or incident.healed)[:_MOST_FINDINGS]:
        yield list(_describe(one, incident.kind, is_done=is_done))


def _describe(one: Finding, kind: IncidentKind, *, is_done: bool) -> Iterator[str]:
    """The details of one finding: who is affected, and the original error; what to do, unless Leadline did it."""
    if one.part:
        yield f"Part: {clean_text(one.part, limit=_MOST_NAME)}"
    label, seen = ("Not seen", "from") if kind == "blindness" else ("Affected", "seen from")
    location = f", {seen} {clean_text(one.location, limit=_MOST_NAME)}" if one.location else ""
    yield f"{label}: {_say_cohort(one, kind)}{location}"
    if one.service_version:
        yield f"Version: {clean_text(one.service_version, limit=_MOST_NAME)}"
    yield f"Since: {write_moment(one.since)}"
    if one.step:
        yield f"Step: {clean_text(one.step, limit=_MOST_NAME)}"
    error = clean_lines(one.error_message or "")
    if error:
        yield "Error:"
        yield from (f"  {cut(line, limit=_MOST_ERROR_LINE)}" for line in error[:_MOST_ERROR_LINES])
        if len(error) > _MOST_ERROR_LINES:
            yield f"  … {len(error) - _MOST_ERROR_LINES} lines more"
    elif one.cause:
        yield f"Error: {one.cause.replace('_', ' ')}"
    if one.remedy and not is_done:
        yield f"Remedy: {clean_text(one.remedy, limit=_MOST_ERROR_LINE)}"
    if one.run_id:
        yield f"Runs: {', '.join([one.run_id, *one.confirmed_by])}"


def _describe_healed(one: Finding, kind: IncidentKind) -> str:
    runs = f"run {one.run_id} failed first" if one.run_id else f"wrong since {write_clock(one.since)}"
    if one.removed_at:
        runs += f", removed from the configuration at {write_clock(one.removed_at)}: nothing checks it any more"
    elif one.healed_run_id and one.healed_at:
        runs += f", run {one.healed_run_id} passed at {write_clock(one.healed_at)}"
    elif one.healed_at:
        runs += f", well since {write_clock(one.healed_at)}"
    return f"{_say_who(one, kind)}: {runs}"


def _rest(incident: Incident, context: PageContext, dashboard_url: str | None) -> list[str]:
    lines = [f"What: {_say_subject(incident)}"]
    lines += [f"Address: {clean_text(context.address, limit=_MOST_ERROR_LINE)}"] if context.address else []
    lines += [f"Before that: {clean_text(one, limit=_MOST_MACHINE)}" for one in context.machine[:-1]]
    if context.owner:
        lines.append(f"Owner: {clean_text(context.owner, limit=_MOST_NAME)}")
    if context.link is None and dashboard_url is None:
        lines.append("More: leadline incidents")
    if context.link is None and incident.acknowledged_by is None:
        lines.append(f"Say that you are on it: leadline ack {incident.incident_id}")
    return lines


def _say_error(one: Finding | None) -> str:
    error = say_plainly(one).rstrip(".")
    return f"{clean_text(one.step, limit=40)}: {error}" if one is not None and one.step else error


def _say_reruns(findings: tuple[Finding, ...]) -> str:
    """What has been tried already, so that nobody repeats it."""
    if not any(one.run_id for one in findings):
        return ""
    reruns = max((len(one.confirmed_by) for one in findings), default=0)
    return "" if not reruns else "; re-run failed too" if reruns == 1 else f"; {reruns} re-runs failed too"


def _say_deployed(context: PageContext, now: datetime) -> list[str]:
    if context.deployed_at is None or now - context.deployed_at > _RECENT:
        return []
    version = clean_text(context.deployed_version or "", limit=40)
    ago = f"deployed {write_span(now - context.deployed_at)} ago."
    return [f"{version} {ago}" if version else ago.capitalize()]


def _fit(sentences: list[str]) -> str:
    """As many whole sentences as fit into a line; the first one is cut if it is too long by itself."""
    line = cut(sentences[0], limit=_MOST_LINE)
    for sentence in sentences[1:]:
        if len(line) + 1 + len(sentence) <= _MOST_LINE:
            line = f"{line} {sentence}"
    return line


def _and(names: tuple[str, ...]) -> str:
    said = ", ".join(clean_text(name, limit=40) for name in names)
    return said[:1].upper() + said[1:]


def _say_who(one: Finding, kind: IncidentKind) -> str:
    version = f" on version {clean_text(one.service_version, limit=_MOST_NAME)}" if one.service_version else ""
    return f"{_say_cohort(one, kind)}{version}"


def _say_cohort(one: Finding, kind: IncidentKind) -> str:
    """Who has the problem. Of what can't be seen nobody knows whether users have one."""
    if kind == "blindness":
        return f"cohort {clean_text(one.cohort, limit=_MOST_NAME)}" if one.cohort else "everyone"
    return f"users of {clean_text(one.cohort, limit=_MOST_NAME)}" if one.cohort else "everyone"


def _say_subject(incident: Incident) -> str:
    subject = incident.subject
    said = f"{subject.kind} {clean_text(subject.name, limit=_MOST_NAME)}"
    if subject.app:
        said += f" of {clean_text(subject.app, limit=_MOST_NAME)}"
    if subject.environment:
        said += f" ({clean_text(subject.environment, limit=_MOST_NAME)})"
    return f"{said}, {incident.severity}"
