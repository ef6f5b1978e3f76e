"""Which two arms are judged, and since when: the mark, the first session, or a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.model import Action, Deployment
from leadline.model.actions import ActionCause
from leadline.store import Loader, Store
from leadline.store import arms as arms_module
from leadline.store.arms import Anchored, Arms, find_anchor, find_arms, minute_of

ARMS = Arms(app="shop", canary="2", baseline="1")


def test_evidence_begins_at_the_mark_and_else_at_the_first_session(
    view: Any, load: Any, loader: Loader, store: Store, now: datetime
) -> None:
    load(view(20, "a"), view(30, "b"))
    first = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert first == Anchored(since=minute_of(now) - 40, anchor="first session")
    mark(loader, now - timedelta(minutes=35), "2")
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 35, anchor="deployment")
    mark(loader, now - timedelta(minutes=55), "2", position=2)
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 40, anchor="deployment")
    assert find_anchor(store, ARMS, since=None, released_at=now, until=now).anchor == "release"
    # Of a version that was marked after the release began, the mark counts: that release was of an earlier one.
    earlier = find_anchor(store, ARMS, since=None, released_at=now - timedelta(minutes=58), until=now)
    assert earlier == Anchored(since=minute_of(now) - 40, anchor="deployment")
    cohorts = Arms(app="shop", canary="cohort:canary", baseline="cohort:baseline")
    assert find_anchor(store, cohorts, since=None, released_at=now - timedelta(days=9), until=now).anchor == "release"


def test_a_mark_after_all_sessions_anchors_nothing(
    view: Any, load: Any, loader: Loader, store: Store, now: datetime
) -> None:
    load(view(20, "a"))
    mark(loader, now - timedelta(minutes=1), "2")
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 40, anchor="first session")


def test_a_canary_that_was_found_is_not_looked_for_again(
    view: Any, load: Any, loader: Loader, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    ask = arms_module._ask

    def counted(store: Store, question: str, **parameters: Any) -> list[dict[str, Any]]:
        looked.append(question)
        return ask(store, question, **parameters)

    def found(until: datetime = now) -> tuple[int, int]:
        anchored = find_anchor(store, ARMS, since=None, released_at=None, until=until)
        return anchored.since - minute_of(now), looked.count("first_session")

    monkeypatch.setattr(arms_module, "_ask", counted)
    load(view(20, "a"), view(30, "b"))
    assert [found(), found()] == [(-40, 1), (-40, 1)]
    assert found(now - timedelta(minutes=35)) == (-40, 2)  # a look back, before the last one that is known
    mark(loader, now - timedelta(minutes=35), "2")
    assert [found(), found()] == [(-35, 3), (-35, 3)]
    load(view(21, "c"))
    store.kept_parts.forget_seen("shop")
    assert found() == (-35, 4)


def test_a_first_session_that_is_marked_later_anchors_nothing_any_more(
    view: Any, load: Any, store: Store, now: datetime
) -> None:
    def found(before_minutes: float) -> Anchored:
        until = now - timedelta(minutes=before_minutes)
        return find_anchor(store, ARMS, since=None, released_at=None, until=until)

    load(view(20, "probe"), view(25, "user"))
    assert [found(20), found(20)] == [Anchored(since=minute_of(now) - 40, anchor="first session")] * 2
    load(view(20, "probe", later=22, seq=1, synthetic="test"), view(42, "user", later=2, seq=1))
    assert [found(15), found(10)] == [Anchored(since=minute_of(now) - 35, anchor="first session")] * 2
    store.kept_parts.forget_seen("shop")  # as after a restart
    assert found(5).since == minute_of(now) - 35


def test_a_canary_that_users_never_saw_begins_a_day_ago(view: Any, load: Any, store: Store, now: datetime) -> None:
    load(
        view(20, "a", version="1"),
        view(20, "t", record={"synthetic": "test"}),
        view(20, "r", version="2", sdk_name="reports"),
    )
    found = find_anchor(store, ARMS, since=None, released_at=None, until=now)
    assert found == Anchored(since=minute_of(now) - 1440, anchor="first session")


def test_the_arms_are_the_two_versions_registered_last(
    view: Any, load: Any, loader: Loader, store: Store, now: datetime
) -> None:
    def found() -> Arms | None:
        return find_arms(store, "shop", canary=None, baseline=None, until=now)

    assert found() is None
    load(view(1, "a", version="seen-1"), view(2, "b", version="seen-2"))
    assert found() == Arms(app="shop", canary="seen-2", baseline="seen-1")
    mark(loader, now - timedelta(days=2), "1", position=1)
    mark(loader, now - timedelta(days=1), "2", position=2)
    assert found() == ARMS
    assert find_arms(store, "shop", canary="1", baseline=None, until=now) == Arms(app="shop", canary="1", baseline="2")


def test_a_version_that_was_rolled_back_is_no_baseline_until_it_is_deployed_again(
    loader: Loader, store: Store, now: datetime
) -> None:
    def found() -> Arms | None:
        return find_arms(store, "shop", canary=None, baseline=None, until=now)

    for position, version in enumerate(("1", "2", "3"), start=1):
        mark(loader, now - timedelta(days=5 - position), version, position=position)
    assert found() == Arms(app="shop", canary="3", baseline="2")
    act(loader, now - timedelta(hours=3), "2", position=4, cause="drill")
    assert found() == Arms(app="shop", canary="3", baseline="2")
    act(loader, now - timedelta(hours=2), "2", position=5, cause="fallback")
    assert found() == Arms(app="shop", canary="3", baseline="1")
    mark(loader, now - timedelta(hours=1), "2", position=6)
    assert found() == Arms(app="shop", canary="3", baseline="2")


def act(loader: Loader, at: datetime, version: str, *, position: int, cause: ActionCause) -> None:
    noun = Action(
        action_id=f"a{position}",
        hook="revert",
        kind="command",
        state="verified",
        cause=cause,
        requested_at=at,
        requested_by="leadline",
        idempotency_key=f"k{position}",
        app="shop",
        canary=version,
        executed_at=at,
    )
    loader.progress("records")
    loader.load_changes(after=position - 1, upto=position, changes=[(position, noun)], now=at, feed="records")


def mark(loader: Loader, at: datetime, version: str, position: int = 1) -> None:
    noun = Deployment(
        deployment_id=f"d{version}{position}",
        app="shop",
        environment="production",
        service_version=version,
        cohort=None,
        commit=None,
        deployed_at=at.astimezone(UTC),
        marked_by="ada",
    )
    loader.progress("records")
    loader.load_changes(after=position - 1, upto=position, changes=[(position, noun)], now=at, feed="records")
