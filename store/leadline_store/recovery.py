"""Whether what a rollback was about is back: the sessions on the baseline since then, up to the last closed minute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leadline.analysis.verdicts import MetricEvidence
from leadline.analysis.verdicts.bins import bin_of, quantile_value
from leadline.analysis.verdicts.blocks import Floats
from leadline.analysis.verdicts.findings import JUDGED_QUANTILE, TAIL_QUANTILE
from leadline.analysis.verdicts.recovery import FiguresSince, judge_recovery, list_breached
from leadline.model.verdicts import MetricFinding
from leadline.store import Store
from leadline.store.arms import Arms, minute_of
from leadline.store.session_blocks import open_reading
from leadline.storeclient.questions import RecoveryAnswered, RecoveryAsked
from leadline_store.verdict_answers import closed_until


def look_for_recovery(store: Store, asked: RecoveryAsked) -> RecoveryAnswered:
    """By the metrics that the verdict found worse, of those that the rules still have. Raises duckdb.Error."""
    verdict = asked.verdict
    worse = {one.name: one for one in list_breached(verdict)}
    rules = replace(asked.rules, metrics=tuple(rule for rule in asked.rules.metrics if rule.name in worse))
    # The minute of the verification had both: the next one is the first that is of the baseline alone.
    first, last = minute_of(asked.since) + 1, minute_of(closed_until(store, None)) - 1
    figures: dict[str, FiguresSince] = {}
    if rules.metrics and last >= first:
        arms = Arms(app=verdict.app, canary=verdict.canary, baseline=verdict.baseline)
        with open_reading(store, arms, rules, since=first, until=last) as reading:
            figures = {one.name: _figures(one, worse[one.name]) for one in reading.alone()}
    found = judge_recovery(verdict, figures)
    return RecoveryAnswered(state=found.state, text=found.text)


def _figures(found: MetricEvidence, metric: MetricFinding) -> FiguresSince:
    """Of the baseline's arm alone."""
    counts = np.bincount(found.bins.bin, found.bins.baseline).astype(np.float64)
    values = int(counts.sum())
    if metric.kind != "latency":
        sessions = float(found.shares.nb.sum())
        value = float(found.shares.kb.sum()) / sessions if sessions else None
        return FiguresSince(
            name=found.name,
            sessions=int(sessions),
            value=value,
            second=quantile_value(counts, 0.5) if values else None,
            second_sessions=values,
            second_beyond=values - _above(counts, metric.canary_amount or 0.0),
        )
    return FiguresSince(
        name=found.name,
        sessions=values,
        value=quantile_value(counts, JUDGED_QUANTILE) if values else None,
        beyond=_above(counts, metric.canary_value or 0.0),
        second=quantile_value(counts, TAIL_QUANTILE) if values else None,
        second_beyond=_above(counts, metric.canary_tail or 0.0),
    )


def _above(counts: Floats, value: float) -> float:
    """How many lie in bins above that of the value, and half of those that share it."""
    place = int(bin_of(np.array([value]))[0])
    return float(counts[place + 1 :].sum()) + (0.5 * float(counts[place]) if place < counts.size else 0.0)
