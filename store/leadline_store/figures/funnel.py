"""How many sessions of each version reached each of some events? One row per version and step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from leadline.analysis import estimate_weighted_session_rate
from leadline.store import Store
from leadline.store.experience.shares import read_funnel
from leadline.storeclient.questions import FunnelAsked
from leadline_store.figures.experience import asked_of, origin, whole
from leadline_store.figures.scope import Row

Key = tuple[str, str]


def list_funnel(store: Store, asked: FunnelAsked) -> list[Row]:
    """Rows in the order of the steps. A session reaches a step if its event occurs after that of the previous step."""
    found = read_funnel(store, asked_of(asked.scope), asked.steps)
    reached = _count_steps(found.events, asked.steps)
    rows: list[Row] = []
    for key, total in sorted(found.totals.items()):
        before = total.weight
        for number, name in enumerate(asked.steps):
            weight, squared = reached[key][number] if key in reached else (0.0, 0.0)
            rate = estimate_weighted_session_rate(
                hits=weight, total=total.weight, squared_hits=squared, squared_total=total.squared,
                sessions=total.n,
            )  # fmt: skip
            rows.append(
                {
                    "app": key[0],
                    "service_version": key[1],
                    "step": number + 1,
                    "name": name,
                    "sessions": whole(total.weight),
                    "sessions_with_step": whole(weight),
                    "session_ratio": rate.ratio,
                    "session_low_ratio": rate.low,
                    "session_high_ratio": rate.high,
                    "is_enough": rate.is_enough,
                    "of_step_before_ratio": weight / before if before else None,
                }
                | origin(found)
            )
            before = weight
    return rows


def _count_steps(events: Sequence[Row], steps: Sequence[str]) -> dict[Key, list[tuple[float, float]]]:
    """For each version and step the weight of the sessions that reached it, and of its square."""
    taken: dict[tuple[str, str], int] = {}
    counted: dict[Key, list[tuple[float, float]]] = defaultdict(lambda: [(0.0, 0.0)] * len(steps))
    for event in events:
        session = (event["app"], event["session_id"])
        step = taken.get(session, 0)
        if step < len(steps) and event["name"] == steps[step]:
            taken[session] = step + 1
            key, weight = (event["app"], event["service_version"]), event["weight"]
            total, squared = counted[key][step]
            counted[key][step] = (total + weight, squared + weight * weight)
    return counted
