"""Stages without a flag: what is asked for, when its share counts as seen, and where the release stands meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from leadline.guard.exposure import exposing_way, look_at_share, to_do, windows
from leadline.guard.releases import find_moved_release
from leadline.guard.shares import Share
from leadline.guard.stage_desk import version_to_release
from leadline.guard.standing import standing_of_moves
from leadline.model import Action, Move
from leadline.model.hooks import HOOK_KINDS, HookSpec
from leadline.settings import GateStage

NOON = datetime(2026, 11, 24, 12, 0, 20, tzinfo=UTC)
STAGES = [GateStage(ring="staff"), GateStage(share=0.1), GateStage(share=1.0)]
MOVE = Move(
    move_id="m1",
    release_id="m1",
    app="shop",
    environment="production",
    stage="10 %",
    share=0.1,
    way="hand",
    asked_at=NOON,
    asked_by="eve",
    canary="1.5.0",
    baseline="1.4.2",
)
STAFF = replace(MOVE, stage="ring:staff", share=None)


@pytest.mark.parametrize(
    ("share", "sessions", "on_it", "is_reached"),
    [
        (0.1, 200, 20, True),
        (0.1, 200, 16, True),  # four fifths of it
        (0.1, 200, 15, False),
        (0.1, 199, 199, False),  # too few sessions to tell
        (0.1, 1000, 0, False),
        (0.01, 2000, 17, True),
        (0.01, 1900, 19, False),
        (1.0, 20, 16, True),
        (1.0, 20, 15, False),
        (0.1, 400, 200, True),
        (None, 1, 1, True),  # one session of a ring
        (None, 5000, 0, False),
        (0.5, 0, 0, False),
    ],
)
def test_a_share_is_seen_from_four_fifths_of_it_on_and_of_enough_sessions(
    share: float | None, sessions: int, on_it: int, is_reached: bool
) -> None:
    look = look_at_share(replace(MOVE, share=share), [Share(sessions=sessions, bad=on_it)])
    assert look.is_reached is is_reached
    assert f"{on_it:,} of {sessions:,} new sessions on 1.5.0" in look.said


def test_what_is_reached_in_one_span_is_reached() -> None:
    late = [Share(sessions=300, bad=31), Share(sessions=9000, bad=31)]
    assert look_at_share(MOVE, late).is_reached
    assert look_at_share(MOVE, late[::-1]).said.startswith("31 of 300")


def test_a_store_that_counts_nothing_reaches_nothing() -> None:
    look = look_at_share(MOVE, [])
    assert (look.is_reached, look.said) == (False, "new sessions can't be counted now")


def test_more_than_the_stage_gives_is_said() -> None:
    look = look_at_share(MOVE, [Share(sessions=400, bad=200)])
    assert look.said.endswith("(50 %), more than the 10 % of the stage")


def test_spans_begin_with_the_stage_at_the_earliest() -> None:
    assert windows(MOVE, now=NOON + timedelta(minutes=5)) == [NOON]
    assert windows(MOVE, now=NOON + timedelta(minutes=30)) == [NOON + timedelta(minutes=20), NOON]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (MOVE, "set 1.5.0 to 10 % now"),
        (replace(MOVE, share=0.005, stage="1 %"), "set 1.5.0 to 0.5 % now"),
        (replace(MOVE, canary=None), "set the new version to 10 % now"),
        (STAFF, "give 1.5.0 to ring staff now"),
    ],
)
def test_a_person_is_told_what_to_set(move: Move, said: str) -> None:
    assert to_do(move) == said


def test_hooks_that_can_set_no_share_leave_it_to_a_person() -> None:
    ways = {
        kind: exposing_way(
            SimpleNamespace(exposure="it"), flags=["other"], hooks={"it": HookSpec(name="it", kind=kind)}
        )
        for kind in HOOK_KINDS
    }
    assert {kind for kind, way in ways.items() if way == "hook"} == {"argo", "command", "webhook"}
    assert set(ways.values()) == {"hook", "hand"}
    assert exposing_way(SimpleNamespace(exposure="it"), flags=["it"], hooks={}) == "flag"
    assert exposing_way(SimpleNamespace(exposure=None), flags=["it"], hooks={}) == "hand"


@pytest.mark.parametrize(
    ("registered", "named", "found"),
    [
        (["1.4.1", "1.4.2", "1.5.0"], {}, ("1.5.0", "1.4.2")),
        (["1.4.2"], {}, (None, None)),  # a single version is what users have
        ([], {}, (None, None)),
        (
            ["1.4.2", "1.5.0"],
            {"canary": "cohort:canary", "baseline": "cohort:baseline"},
            ("cohort:canary", "cohort:baseline"),
        ),
        (["1.4.2", "1.5.0"], {"baseline": "1.5.0"}, ("1.4.2", "1.5.0")),
    ],
)
def test_the_version_to_release_is_the_newest(
    registered: list[str], named: dict[str, str], found: tuple[str | None, str | None]
) -> None:
    gate = SimpleNamespace(
        app="shop", stages=STAGES, exposure=None, canary=named.get("canary"), baseline=named.get("baseline")
    )
    assert version_to_release(gate, registered) == found


def test_a_version_that_was_rolled_back_is_no_baseline_while_there_is_another() -> None:
    gate = SimpleNamespace(app="shop", stages=STAGES, exposure=None, canary=None, baseline=None)
    known = ["1.4.2", "1.5.0", "1.6.0"]
    assert version_to_release(gate, known, taken_back={"1.5.0"}) == ("1.6.0", "1.4.2")
    assert version_to_release(gate, known[1:], taken_back={"1.5.0"}) == ("1.6.0", "1.5.0")


def hook_action(**said: object) -> Action:
    given: dict[str, object] = {
        "action_id": "m1",
        "hook": "argo",
        "kind": "argo",
        "state": "executed",
        "cause": "release",
        "requested_at": NOON,
        "requested_by": "eve",
        "idempotency_key": "stage/m1",
        "executed_at": NOON,
    }
    return Action(**(given | said))  # type: ignore[arg-type]


def test_a_release_stands_where_its_newest_stage_is() -> None:
    asked = standing_of_moves([MOVE], hook_action(), STAGES)
    assert (asked.state, asked.number, asked.began_at, asked.to_do) == ("waiting", 1, None, "set 1.5.0 to 10 % now")
    assert asked.said == "10 % waits for 10 % of new sessions on 1.5.0"
    seen = standing_of_moves([replace(MOVE, seen_at=NOON)], hook_action(state="verified"), STAGES)
    assert (seen.state, seen.began_at, seen.to_do) == ("under_way", NOON, None)
    late = standing_of_moves([replace(MOVE, missed_at=NOON, seen="3 of 400")], hook_action(state="failed"), STAGES)
    assert (late.state, late.said.split(":")[0]) == ("not_seen", "10 % was not seen in time")
    assert late.said.endswith("; seen so far: 3 of 400")
    refused = hook_action(state="failed", executed_at=None, error="exit 1")
    assert standing_of_moves([replace(MOVE, way="hook")], refused, STAGES).state == "failed"
    over = standing_of_moves([replace(MOVE, ended_at=NOON, ended_by="eve")], None, STAGES)
    assert (over.state, over.said) == ("aborted", "the release was taken back by eve")
    assert standing_of_moves([], None, STAGES).state == "none"
    assert standing_of_moves([replace(MOVE, stage="25 %")], None, STAGES).state == "no_stage"


def test_a_release_is_judged_from_its_start_until_its_first_share_is_seen() -> None:
    waiting = find_moved_release([STAFF], is_by_cohort=False)
    assert waiting is not None
    assert (waiting.started_at, waiting.stages, waiting.moved_at) == (NOON, (), NOON)
    assert (waiting.canary, waiting.baseline) == ("1.5.0", "1.4.2")
    seen_at, later = NOON + timedelta(minutes=7), NOON + timedelta(minutes=90)
    staff = replace(STAFF, seen_at=seen_at)
    second = replace(MOVE, move_id="m2", asked_at=later)
    release = find_moved_release([second, staff], is_by_cohort=False)
    assert release is not None
    assert release.started_at == seen_at
    assert [stage.name for stage in release.stages] == ["ring:staff"]  # the second one is only asked for
    assert release.stages[0].start == int(seen_at.timestamp()) // 60 + 1
    assert release.stages[0].share is None


def test_a_release_that_was_taken_back_names_no_version_any_more() -> None:
    ended = replace(MOVE, seen_at=NOON, ended_at=NOON + timedelta(minutes=9), ended_by="eve")
    release = find_moved_release([ended], is_by_cohort=True)
    assert release is not None
    assert [(stage.name, stage.share) for stage in release.stages] == [("10 %", 0.1), ("killed", None)]
    assert (release.canary, release.baseline) == (None, None)


def test_an_earlier_release_is_none_of_this_one() -> None:
    earlier = replace(MOVE, move_id="m0", release_id="m0", ended_at=NOON)
    release = find_moved_release([MOVE, earlier], is_by_cohort=False)
    assert release is not None
    assert release.started_at == NOON
    assert find_moved_release([], is_by_cohort=False) is None
