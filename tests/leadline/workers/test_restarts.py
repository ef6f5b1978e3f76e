"""When a service that died is started again."""

from __future__ import annotations

from leadline.workers.restarts import Restarts


def delays(ran_s: list[float]) -> list[float]:
    restarts, found = Restarts(), []
    for each_s in ran_s:
        restarts, delay_s = restarts.after_death(ran_s=each_s)
        found.append(delay_s)
    return found


def test_a_service_that_keeps_dying_is_started_ever_more_slowly_up_to_thirty_seconds() -> None:
    assert delays([0.5] * 8) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_service_that_stood_for_a_minute_is_started_at_once_again() -> None:
    assert delays([0.5, 0.5, 0.5, 60, 0.5]) == [1, 2, 4, 1, 2]


def test_a_service_that_dies_for_ever_overflows_nothing() -> None:
    assert delays([0.1] * 5000)[-1] == 30
