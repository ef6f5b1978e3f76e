"""What came of a dark launch arrives as events of the service's own version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.conftest import Running

from leadline.darklaunch import Compare


def test_outcomes_arrive_as_events_that_a_gate_can_judge(
    collector: Callable[..., Running], wait: Callable[..., Any]
) -> None:
    door = collector()
    compare = Compare()
    compare.report_to(door.url, key="pk_shop", version="1.5.0", cohort="canary")
    compare("price", lambda: 1, lambda: 1, key="user-1")
    compare("price", lambda: {"total": 1}, lambda: {"total": 2}, key="user-2")
    wait(lambda: sum(compare.counts("price").values()) == 2)
    assert compare.flush(20)
    told = sorted(door.logged(), key=lambda one: one.beacon.events[0].name if one.beacon.events else "")
    events = [(one.beacon.events or [None])[0] for one in told]
    assert [event.name for event in events if event] == ["price_matched", "price_mismatched"]
    assert {(one.beacon.service_version, one.beacon.cohort) for one in told} == {("1.5.0", "canary")}
    assert events[1] is not None
    assert (events[1].attributes or {})["signature"] == "$.total changed"
    assert not any("user" in (one.beacon.session_id or "") for one in told)


def test_a_collector_that_is_not_there_costs_the_reports_and_nothing_else(wait: Callable[..., Any]) -> None:
    compare = Compare()
    compare.report_to("http://127.0.0.1:9", key="pk_shop")
    assert compare("price", lambda: 1, lambda: 1) == 1
    wait(lambda: sum(compare.counts("price").values()) == 1)
    assert compare.flush(20)
