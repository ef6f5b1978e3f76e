"""Answers for a verdict: the versions compared and the start, the blocks up to the last closed minute, and the verdict.

A minute is closed once every log has been read past its end: judged data no longer changes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version

from leadline import clock
from leadline.analysis.verdicts import Judge, make_bundle
from leadline.analysis.verdicts.course import evidence_course
from leadline.errors import QueryRefused
from leadline.model.drilldown import DrillDown
from leadline.store import Store
from leadline.store.arms import Anchored, Arms, find_anchor, find_arms, minute_of
from leadline.store.drilling import drill
from leadline.store.judged_minutes import judge_minutes
from leadline.store.retention import begins_of_kept
from leadline.storeclient.questions import VerdictAnswered, VerdictAsked

# A week of minutes: more verdicts than anybody reads, but the answer still fits into a message.
MOST_VERDICTS = 10_080


def judge(store: Store, asked: VerdictAsked) -> VerdictAnswered:
    """Raises QueryRefused if there is nothing to compare, and duckdb.Error."""
    until = closed_until(store, asked.until)
    arms = _arms(store, asked, until)
    find = partial(find_anchor, store, arms, since=asked.since, released_at=asked.released_at, until=until)
    anchored, last = find(), minute_of(until) - 1
    if anchored.since > last and anchored.anchor == "asked":
        raise QueryRefused(
            f"the evidence begins at {_said(anchored)}, and no minute has closed since then",
            hint="ask again in a minute, or with a later --until",
        )
    known = store.kept_parts.forgotten
    judging = _judge_from(store, arms, asked, anchored, last)
    # If closed minutes have changed, the evidence may begin at another time.
    if store.kept_parts.forgotten != known and (again := find()) != anchored:
        judging = _judge_from(store, arms, asked, again, last)
    since = judging.evidence.since
    verdicts = [judging.at(minute) for minute in _minutes(since, last, asked.every_minutes)]
    bundle = make_bundle(judging, code_version=version("leadline")).decode() if asked.with_bundle else None
    return VerdictAnswered(
        verdicts=verdicts,
        bundle=bundle,
        drilled=_drilled(store, arms, asked, since, last),
        course=evidence_course(judging, verdicts[-1]) if asked.with_course else None,
    )


def _judge_from(store: Store, arms: Arms, asked: VerdictAsked, anchored: Anchored, last: int) -> Judge:
    # In the first minute of a release nothing is closed yet: use the minute before, which has no data.
    begun = replace(anchored, since=min(anchored.since, last))
    kept = None if asked.kept_s is None else minute_of(begins_of_kept(clock.now(), asked.kept_s))
    return judge_minutes(store, arms, asked.rules, anchored=begun, until=last, stages=asked.stages, kept_since=kept)


def _drilled(store: Store, arms: Arms, asked: VerdictAsked, since: int, until: int) -> list[DrillDown]:
    if asked.by is None:
        return []
    names = [rule.name for rule in asked.rules.metrics] if asked.metrics is None else asked.metrics
    return drill(store, arms, asked.rules, names, by=asked.by, since=since, until=until)


def closed_until(store: Store, until: datetime | None) -> datetime:
    """The end of the last closed minute, not after `until`."""
    loaded = store.loaded_until or clock.now()
    return loaded if until is None else min(until, loaded)


def _arms(store: Store, asked: VerdictAsked, until: datetime) -> Arms:
    arms = find_arms(
        store,
        asked.app,
        canary=asked.canary,
        baseline=asked.baseline,
        until=until,
        is_registered_only=asked.is_registered_only,
    )
    if arms is None:
        raise QueryRefused(
            f"there is nothing to compare: fewer than two versions of {asked.app} are known",
            hint="leadline deploy mark --app APP --version V registers one; or name --baseline and --canary",
        )
    if arms.canary == arms.baseline:
        raise QueryRefused(
            f"baseline and canary are both {arms.canary!r}: there is nothing to compare",
            hint="name two versions, or cohort:baseline and cohort:canary",
        )
    return arms


def _minutes(since: int, last: int, every: int | None) -> list[int]:
    """The last minute, and earlier ones at the given interval from the first on."""
    if every is None:
        return [last]
    wanted = list(range(since + every - 1, last, every))
    if len(wanted) >= MOST_VERDICTS:
        raise QueryRefused(
            f"that would be {len(wanted) + 1:,} verdicts; at most {MOST_VERDICTS:,} are listed",
            hint="ask for a longer --every, or a later --since",
        )
    return [*wanted, last]


def _said(anchored: Anchored) -> str:
    began = datetime.fromtimestamp(0, clock.now().tzinfo) + timedelta(minutes=anchored.since)
    return f"{began:%Y-%m-%d %H:%M}Z ({anchored.anchor})"
