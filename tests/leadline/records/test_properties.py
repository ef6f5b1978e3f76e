"""Whatever happens in whatever order: one incident at a time, one row per target and transition, open first."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.model import IncidentState, NotificationState
from leadline.records import Claimed

Told = Any
_STATUSES = ["failed", "passed", "degraded", "aborted", "skipped"]
_events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.sampled_from(_STATUSES), st.sampled_from([None, "canary"])),
        st.tuples(st.just("claim"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["accept", "refuse", "forget", "turn", "acknowledge", "again"])),
    ),
    max_size=30,
)

# Told between the opening and the end, to whoever was sent the opening.
AFTER = {"change", "acknowledge", "silence"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=_events)
def test_any_history_keeps_the_ledger_true(make_told: Any, events: list[tuple[Any, ...]]) -> None:
    told = make_told()
    told.targets = ["oncall", "chat"]
    held: list[Claimed] = []
    said: list[tuple[str, str, str, bool]] = []  # what targets accepted: incident, target, transition, combined
    last = None
    for event in events:
        match event:
            case ("run", status, cohort):
                told.turn(seconds=5)
                last = told.result(status, cohort=cohort)
                told.hand_in(last, confirm=2)
            case ("again",) if last is not None:
                told.hand_in(last, confirm=2)
            case ("claim", limit):
                held += told.claim(limit=limit)
            case ("accept",) if held:
                one = held.pop()
                said.append((one.incident.incident_id, one.notification.target, str(one.transition), one.is_combined))
                told.accept(one)
            case ("refuse",) if held:
                told.refuse(held.pop())
            case ("forget",) if held:
                held.pop()
            case ("turn",):
                told.turn(seconds=20)
            case ("acknowledge",):
                for incident in told.records.incidents():
                    told.records.acknowledge(incident.incident_id, by="ada", now=told.now)
            case _:
                pass
    told.turn(minutes=1)
    while claimed := told.claim():
        for one in claimed:
            said.append((one.incident.incident_id, one.notification.target, str(one.transition), one.is_combined))
            told.accept(one)

    incidents = told.records.incidents(limit=1000)
    assert sum(one.state is not IncidentState.RESOLVED for one in incidents) <= 1
    rows = told.records.notifications(limit=10_000)
    counted = Counter((row.incident_id, str(row.transition), row.target) for row in rows)
    assert {many for (_, kind, _), many in counted.items() if kind not in {"change", "silence"}} <= {1}
    assert len({row.idempotency_key for row in rows}) == len(rows)
    for incident in incidents:
        history = [one.kind for one in told.records.transitions(incident.incident_id)]
        assert history[0] == "open"
        assert history.count("open") == 1
        assert history.count("resolve") == (incident.state is IncidentState.RESOLVED)
        paging = {kind for kind in history if kind in ("open", "resolve")}
        for target in told.targets:
            here = (incident.incident_id, target)
            assert {kind for (incident_id, kind, to) in counted if (incident_id, to) == here} - AFTER == paging
            heard = [(kind, both) for (incident_id, to, kind, both) in said if (incident_id, to) == here]
            order = [0 if kind == "open" else 1 if kind in AFTER else 2 for kind, _ in heard]
            assert order == sorted(order)
            kinds = [kind for kind, _ in heard]
            assert not AFTER.intersection(kinds) or "open" in kinds
            assert all(both != ("open" in kinds[:at]) for at, (kind, both) in enumerate(heard) if kind == "resolve")
    # Who is on it is not told by itself where the opening said so.
    needless = {row.notification_id for row in rows if row.last_error == "not needed any more: the opening told it"}
    assert {row.state for row in rows if row.notification_id not in needless} <= {NotificationState.ACCEPTED}
    assert {str(row.transition) for row in rows if row.notification_id in needless} <= {"acknowledge"}
    assert told.records.oldest_unsent_at(told.now) is None
    told.records.close()
