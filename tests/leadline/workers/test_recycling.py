"""When a worker that works is replaced."""

from __future__ import annotations

from leadline.workers.worker_age import MOST_AGE_S, MOST_RUNS, WorkerAge


def test_a_young_worker_stays():
    assert not WorkerAge(started_s=0.0, runs=3).is_due(now_s=10.0)


def test_it_is_replaced_after_its_runs():
    assert WorkerAge(started_s=0.0, runs=MOST_RUNS).is_due(now_s=10.0)


def test_it_is_replaced_after_its_hours():
    assert WorkerAge(started_s=0.0, runs=1).is_due(now_s=MOST_AGE_S)


def test_it_is_replaced_when_it_has_grown_by_half_since_its_tenth_run():
    age = WorkerAge(started_s=0.0, runs=10)
    assert not age.is_due(now_s=1.0, memory_bytes=100)
    age.runs = 20
    assert not age.is_due(now_s=1.0, memory_bytes=150)
    assert age.is_due(now_s=1.0, memory_bytes=151)


def test_memory_is_looked_at_every_tenth_run():
    assert [runs for runs in range(31) if WorkerAge(started_s=0.0, runs=runs).wants_memory()] == [10, 20, 30]
