"""The change feed, and the smaller ledgers beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadline.model import Deployment, IncidentState, Notification, RunResult
from leadline.records import Change

Told = Any


def deployment(told: Told, version: str, **fields: Any) -> Deployment:
    known = {"deployment_id": f"deploy-{version}", "app": "shop", "environment": "production", "cohort": "canary"}
    told_of = {"commit": "abc", "deployed_at": told.now, "marked_by": "pipeline"}
    return Deployment(service_version=version, **{**known, **told_of, **fields})


def kinds(changes: list[Change]) -> list[str]:
    return [change.kind for change in changes]


def test_a_follower_reads_every_noun_in_commit_order(told: Told) -> None:
    told.commit("failed")
    told.records.mark_deployment(deployment(told, "1.5.0"))
    assert kinds(told.records.changes_after(0, 100)) == ["run", "incident", "notification", "deployment"]


def test_positions_grow_and_a_follower_that_has_all_of_them_gets_nothing(told: Told) -> None:
    told.commit("failed")
    positions = [change.position for change in told.records.changes_after(0, 100)]
    assert positions == sorted(set(positions))
    assert told.records.newest_position() == positions[-1]
    assert told.records.changes_after(positions[-1], 100) == []


def test_a_noun_that_changed_again_comes_again_at_a_later_position_in_its_present_state(told: Told) -> None:
    told.commit("failed")
    seen = told.records.newest_position()
    told.accept(told.claim()[0])
    [change] = told.records.changes_after(seen, 100)
    assert isinstance(change.noun, Notification)
    assert change.noun.accepted_at == told.now
    told.commit("passed")
    incidents = [one.noun for one in told.records.changes_after(seen, 100) if one.kind == "incident"]
    assert [one.state for one in incidents] == [IncidentState.RESOLVED]


def test_a_follower_that_reads_in_pages_misses_nothing(told: Told) -> None:
    for _ in range(7):
        told.commit("passed")
    read: list[str] = []
    position = 0
    while page := told.records.changes_after(position, 3):
        assert len(page) <= 3
        read += [change.noun.run_id for change in page]
        position = page[-1].position
    assert read == [f"run-{number}" for number in range(1, 8)]


def test_a_run_in_the_feed_is_whole(told: Told) -> None:
    result = told.result("failed")
    told.hand_in(result)
    change = told.records.changes_after(0, 1)[0]
    assert isinstance(change.noun, RunResult)
    assert change.noun == result


def test_positions_are_not_given_twice_when_the_newest_run_is_deleted(told: Told) -> None:
    told.commit("passed")
    position = told.records.newest_position()
    told.turn(days=40)
    assert told.records.delete_runs_before(told.now) == 1
    told.commit("passed")
    assert told.records.newest_position() > position


def test_old_runs_go_in_small_batches_and_take_their_parts_along(told: Told) -> None:
    for _ in range(5):
        told.commit("passed")
    told.turn(days=40)
    told.commit("passed", run_id="young")
    before = told.now - timedelta(days=30)
    assert [told.records.delete_runs_before(before, limit=3) for _ in range(3)] == [3, 2, 0]
    assert [run.run_id for run in told.records.runs()] == ["young"]
    assert [change.noun.run_id for change in told.records.changes_after(0, 100)] == ["young"]
    with told.records._database.reading() as connection:
        for table in ("steps", "kpis"):
            assert connection.exec_driver_sql(f"SELECT DISTINCT run_id FROM {table}").scalars().all() == ["young"]


def test_the_run_behind_an_open_incident_is_kept_and_deleting_runs_changes_no_judgement(told: Told) -> None:
    told.commit("failed", confirm=2, run_id="first")
    told.commit("failed", confirm=2, run_id="second")
    told.commit("failed", confirm=2, name="other", run_id="waiting")
    told.turn(days=40)
    told.records.delete_runs_before(told.now)
    assert {run.run_id for run in told.records.runs()} == {"second"}
    assert told.commit("failed", confirm=2, name="other").transition == "open"


def test_marking_a_deployment_registers_its_version_once(told: Told) -> None:
    told.records.mark_deployment(deployment(told, "1.4.2"))
    told.records.mark_deployment(deployment(told, "1.4.2"))
    told.turn(minutes=5)
    told.records.mark_deployment(deployment(told, "1.5.0"))
    assert [one.service_version for one in told.records.deployments()] == ["1.5.0", "1.4.2"]
    assert told.records.registered_versions("shop") == ["1.4.2", "1.5.0"]
    assert told.records.registered_versions("other") == []
    assert told.records.deployments(app="other") == []


def test_a_run_registers_the_versions_that_served_it(told: Told) -> None:
    told.commit("passed", service_version="2.0.0")
    assert told.records.registered_versions("shop") == ["1.5.0", "2.0.0"]


def test_a_clean_up_stays_in_the_ledger_until_it_is_done(told: Told) -> None:
    kept = {"run_id": "a", "cleanup_id": "c1", "function": "checkout.py::cancel", "arguments": b"\x91\x01"}
    told.records.keep_cleanup(**kept, now=told.now)
    told.records.keep_cleanup(**kept, now=told.now)
    told.records.finish_cleanup("c1", error="refused", now=told.now)
    [left] = told.records.unfinished_cleanups()
    assert (left.function, left.arguments, left.tries, left.error) == ("checkout.py::cancel", b"\x91\x01", 1, "refused")
    told.records.finish_cleanup("c1", error=None, now=told.now)
    assert told.records.unfinished_cleanups() == []
