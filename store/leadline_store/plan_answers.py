"""Answers what a canary could show, from the app's own traffic; replays A/A splits of it through the gate."""

from __future__ import annotations

from dataclasses import asdict

from leadline.analysis.verdicts import Judge, plan
from leadline.errors import QueryRefused
from leadline.store import Store
from leadline.store.arms import minute_of
from leadline.store.judged_minutes import reading_all
from leadline.storeclient.questions import PlanAnswered, PlanAsked
from leadline_store.verdict_answers import closed_until


def answer_plan(store: Store, asked: PlanAsked) -> PlanAnswered:
    """Raises QueryRefused where there was no traffic, duckdb.Error."""
    since, last = minute_of(asked.since), minute_of(closed_until(store, asked.until)) - 1
    with reading_all(store, asked.app, asked.rules, since=since, until=last) as reading:
        traffic = reading.traffic()
        if traffic.sessions == 0:
            raise QueryRefused(
                f"no session of {asked.app} began in that time: there is nothing to plan with",
                hint="leadline snippet prints the tag for your pages; --since looks further back",
            )
        rows = plan(
            reading.split("plan", 0.5),
            asked.rules,
            share=asked.share,
            sessions_per_minute=traffic.sessions / traffic.minutes,
            events=traffic.events,
            sessions=traffic.sessions,
        )
        cries = [_cries(Judge(reading.split(f"aa-{n}", asked.share), asked.rules)) for n in range(asked.splits)]
    return PlanAnswered(
        sessions=traffic.sessions,
        sessions_per_minute=traffic.sessions / traffic.minutes,
        rows=[asdict(row) for row in rows],
        splits=asked.splits,
        rolled_back=sum(bool(worse) for worse, _ in cries),
        paused=sum(bool(suspects) for _, suspects in cries),
        cried=sorted({name for worse, suspects in cries for name in (*worse, *suspects)}),
    )


def _cries(judge: Judge) -> tuple[list[str], list[str]]:
    """Metrics that would have rolled a healthy release back, and those that would have paused it, at any minute."""
    pairs = list(zip(judge.traces, judge.crossings, strict=True))
    worse = [trace.rule.name for trace, crossed in pairs if crossed.worse is not None]
    paused = [trace.rule.name for trace, crossed in pairs if crossed.suspect is not None or crossed.segment is not None]
    return worse, paused
