"""The claims of the walk, each of which can fail. Pure: each is a function of what the running system answered.

The first claim that does not hold ends the walk with exit 1 and its name. A slow machine is no excuse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

from walking.facts import Check, Incident, Notification, Page, Run, VersionFigures

PNG = b"\x89PNG\r\n\x1a\n"  # https://www.w3.org/TR/png-3/#3PNGsignature
WORKED = frozenset({"passed", "degraded"})
# One walk in a thousand tells of a difference that is none: it looks once, at this many visits of each version. With
# three of five buying on one and nobody on the other, seven walks in a thousand find too few sales to say so (9 of 24
# are needed: the tail of the binomial distribution).
MOST_CHANCE = 0.001
SESSIONS_FOR_ONE_LOOK = 24
# A good time to first byte: web.dev/articles/ttfb. The demo's own slowness is 2.6 s.
MOST_TTFB_MS = 800.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`claim` as it is told, whether it holds, and what was seen instead or in support of it."""

    claim: str
    holds: bool
    seen: str


def both_cohorts_pass(runs: Sequence[Run], checks: Sequence[Check]) -> Finding:
    worked = _count(runs, statuses=WORKED)
    failed = [run for run in runs if run.status == "failed"]
    holds = all(worked.get(cohort, 0) >= 1 for cohort in ("baseline", "canary")) and not failed
    holds = holds and any(check.status in WORKED for check in checks)
    return Finding(
        "the journey passes in both cohorts and the health check passes",
        holds,
        f"baseline {worked.get('baseline', 0)}, canary {worked.get('canary', 0)} passed; {len(failed)} failed; "
        f"health check {sum(check.status in WORKED for check in checks)} passed",
    )


def only_baseline_has_visitors(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    """Deployed is not released: the journey has been in the canary, and no visitor has."""
    return Finding(
        f"every real visitor is on {baseline.version}, and beacons of them are stored",
        baseline.sessions > 0 and canary.sessions == 0,
        f"{baseline.version}: {baseline.sessions} visits, {canary.version}: {canary.sessions}",
    )


def both_versions_have_visitors(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    return Finding(
        "real visitors are on both versions, and both sell",
        baseline.bought > 0 and canary.bought > 0,
        f"{baseline.version}: {baseline.bought} of {baseline.sessions} visits bought, "
        f"{canary.version}: {canary.bought} of {canary.sessions}",
    )


def only_the_canary_fails(runs: Sequence[Run], checks: Sequence[Check], *, step: str) -> Finding:
    failed = _count(runs, statuses=frozenset({"failed"}))
    worked = _count(runs, statuses=WORKED)
    steps = sorted({run.failed_step or "?" for run in runs if run.status == "failed" and run.cohort == "canary"})
    red = sum(check.status == "failed" for check in checks)
    return Finding(
        f"the journey fails at “{step}” in the canary only, and the health check sees nothing",
        failed.get("canary", 0) >= 1
        and failed.get("baseline", 0) == 0
        and worked.get("baseline", 0) >= 1
        and steps == [step]
        and red == 0
        and any(check.status in WORKED for check in checks),
        f"canary failed {failed.get('canary', 0)} (at {', '.join(steps) or 'no step'}), baseline failed "
        f"{failed.get('baseline', 0)} and passed {worked.get('baseline', 0)}; health check failed {red}",
    )


def the_failure_is_confirmed(runs: Sequence[Run]) -> Finding:
    """A re-run that failed as well names the run that it confirms, of the same cohort."""
    cohort_of = {run.run_id: run.cohort for run in runs}
    confirming = [run for run in runs if run.status == "failed" and run.confirms_run_id is not None]
    holds = bool(confirming) and all(
        run.cohort == "canary" and cohort_of.get(run.confirms_run_id or "") == "canary" for run in confirming
    )
    return Finding("an immediate re-run in the same cohort confirms it", holds, f"{len(confirming)} confirming re-runs")


def one_page_tells_all(pages: Sequence[Page], *, words: Sequence[str]) -> Finding:
    """Exactly one page, which names everything in `words` and carries a screenshot.

    A minute after three failures in a row the release is judged by them; the target gets that as a change of the page.
    """
    claim = "one page went out, once, with the step, the version, the cohort and a screenshot"
    opened = [page for page in pages if page.transition == "open"]
    if len(opened) != 1 or any(page.transition not in ("open", "change") for page in pages):
        return Finding(claim, False, f"{len(pages)} pages arrived: {_counted(page.transition for page in pages)}")
    text = f"{opened[0].title}\n{opened[0].body}"
    missing = [word for word in words if word not in text]
    pictures = sum(content.startswith(PNG) for content in opened[0].attachments)
    return Finding(
        claim,
        not missing and pictures >= 1,
        f"“{opened[0].title}” with {pictures} screenshots; "
        + (f"missing: {', '.join(missing)}" if missing else "complete"),
    )


def one_incident_is_open(incidents: Sequence[Incident]) -> Finding:
    """One for the journey, however many of its runs failed."""
    states = _states_of_journeys(incidents)
    return Finding("one incident is open", states == ["open"], f"incidents: {', '.join(states) or 'none'}")


def _states_of_journeys(incidents: Sequence[Incident]) -> list[str]:
    return [incident.state for incident in incidents if incident.subject_kind == "journey"]


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(words).items()) or "none"


def enough_visits(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    """Whether it is time to look: by how many came, never by what they did."""
    return Finding(
        f"{SESSIONS_FOR_ONE_LOOK} visits of each version",
        min(baseline.sessions, canary.sessions) >= SESSIONS_FOR_ONE_LOOK,
        f"{baseline.version}: {baseline.sessions}, {canary.version}: {canary.sessions}",
    )


def conversion_differs(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    """Fisher's exact test, one-sided: the canary sells less often than chance explains. Ask once."""
    chance = chance_of_so_few(
        hits=canary.bought, of=canary.sessions, other_hits=baseline.bought, other_of=baseline.sessions
    )
    return Finding(
        "real users buy on one version and not on the other",
        chance < MOST_CHANCE,
        f"{baseline.version}: {baseline.bought} of {baseline.sessions} visits bought, {canary.version}: "
        f"{canary.bought} of {canary.sessions}; by chance: {chance:.1e}",
    )


def errors_do_not_differ(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    return Finding(
        "there is no JavaScript error and no failed request in either version",
        baseline.errors == canary.errors == baseline.failed_requests == canary.failed_requests == 0,
        f"errors {baseline.errors} and {canary.errors}, failed requests {baseline.failed_requests} and "
        f"{canary.failed_requests}",
    )


def both_answer_fast(baseline: VersionFigures, canary: VersionFigures) -> Finding:
    """No graph of latency shows the fault. That the two are equal is not claimed: a few visits can't show that."""
    claim = f"both versions answer fast: half of the pages within {MOST_TTFB_MS:.0f} ms"
    if baseline.ttfb_p50_ms is None or canary.ttfb_p50_ms is None:
        return Finding(claim, False, "no TTFB is known")
    return Finding(
        claim,
        max(baseline.ttfb_p50_ms, canary.ttfb_p50_ms) <= MOST_TTFB_MS,
        f"median time to first byte {baseline.ttfb_p50_ms:.0f} ms and {canary.ttfb_p50_ms:.0f} ms",
    )


def the_incident_resolves(incidents: Sequence[Incident]) -> Finding:
    states = _states_of_journeys(incidents)
    return Finding(
        "the incident resolves by itself", states == ["resolved"], f"incidents: {', '.join(states) or 'none'}"
    )


def one_resolve_follows(
    pages: Sequence[Page], notifications: Sequence[Notification], incidents: Sequence[Incident]
) -> Finding:
    """About the journey: one opening, one end and perhaps changes between; the one target accepted each.

    A release that is judged only after the journey has healed has a page of its own.
    """
    journeys = {incident.incident_id for incident in incidents if incident.subject_kind == "journey"}
    ledger = sorted((each.transition, each.state) for each in notifications if each.incident_id in journeys)
    told = sorted(page.transition for page in pages if page.incident_id in journeys)
    holds = told == sorted(transition for transition, _ in ledger) and all(state == "accepted" for _, state in ledger)
    return Finding(
        "one resolve followed the one page, and the target accepted both",
        holds and [one for one in told if one != "change"] == ["open", "resolve"],
        f"{len(told)} pages arrived; ledger: {', '.join(' '.join(each) for each in ledger) or 'empty'}",
    )


def all_pages_arrived(notifications: Sequence[Notification], pages: Sequence[Page]) -> Finding:
    """Nothing is still being sent, and nothing came twice. One message may cover several rows."""
    accepted = sum(each.state == "accepted" for each in notifications)
    return Finding(
        "each page that was owed has arrived",
        accepted == len(notifications) and 0 < len(pages) <= accepted,
        f"{accepted} of {len(notifications)} accepted, {len(pages)} arrived",
    )


def every_sale_is_stored(*, sold_before: int, stored: int, sold_after: int, version: str) -> Finding:
    """The shop's own count is the reference: `sold_before` was read before the store was asked, `sold_after` after."""
    return Finding(
        f"each sale of {version} that the shop counted is stored once",
        sold_before <= stored <= sold_after,
        f"the shop sold {sold_before} to {sold_after}, the store has {stored}",
    )


def chance_of_so_few(*, hits: int, of: int, other_hits: int, other_of: int) -> float:
    """P of `hits` or fewer of `of` if both had the same rate: the hypergeometric tail (R. A. Fisher, 1935)."""
    all_hits, everyone = hits + other_hits, of + other_of
    if of == 0 or other_of == 0:
        return 1.0
    ways = sum(
        comb(all_hits, k) * comb(everyone - all_hits, of - k) for k in range(max(0, of - everyone + all_hits), hits + 1)
    )
    return ways / comb(everyone, of)


def _count(runs: Sequence[Run], *, statuses: frozenset[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.cohort] = counts.get(run.cohort, 0) + (run.status in statuses)
    return counts
