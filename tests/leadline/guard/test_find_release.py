"""A release is read off the history of its flag, as the desk writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadline.flags import Flag
from leadline.flags.changes import Author, configure_flag, kill_flag, restore_flag, set_flag
from leadline.guard.releases import Release, find_release
from leadline.guard.stages import reach_of
from leadline.model import FlagChange
from leadline.settings import GateStage

BEGAN = datetime(2026, 11, 20, 9, 0, 30, tzinfo=UTC)
MINUTE = int(BEGAN.timestamp()) // 60
FLAG = Flag(key="new", app="shop", variants={"on": True, "off": False}, default="off", kill="off")
SHARES = [GateStage(share=0.01), GateStage(share=0.1)]
RINGED = [GateStage(ring="staff"), GateStage(share=0.1)]


class History:
    def __init__(self) -> None:
        self.state = None
        self.changes: list[FlagChange] = []

    def do(self, what: str, *, after_min: int, stages: list[GateStage] = SHARES, number: int = 0) -> None:
        author = Author(change_id=str(len(self.changes)), by="eve", at=BEGAN + timedelta(minutes=after_min))
        reach = reach_of(stages, number)
        decided = {
            "set": lambda: set_flag(self.state, FLAG, author, variant="on", share=reach.share, rings=reach.rings),
            "by hand": lambda: set_flag(self.state, FLAG, author, variant="on", share=None, rings=()),
            "kill": lambda: kill_flag(self.state, FLAG, author),
            "restore": lambda: restore_flag(self.state, FLAG, author),
            "configure": lambda: configure_flag(self.state, FLAG, author),
        }[what]()
        assert decided is not None
        self.state, change = decided
        self.changes.insert(0, change)

    def found(self, stages: list[GateStage] = SHARES, *, is_by_cohort: bool = True) -> Release | None:
        return find_release(self.changes, stages, default="off", is_by_cohort=is_by_cohort)


@pytest.fixture
def history() -> History:
    return History()


def spans(release: Release | None) -> list[tuple[str, float | None, int]]:
    assert release is not None
    return [(one.name, one.share, one.start - MINUTE) for one in release.stages]


def test_stages_begin_with_the_minute_after_their_change(history: History) -> None:
    history.do("configure", after_min=-10)
    history.do("set", after_min=0)
    history.do("set", after_min=90, number=1)
    found = history.found()
    assert found is not None
    assert (found.started_at, found.moved_at) == (BEGAN, BEGAN + timedelta(minutes=90, seconds=30))
    assert spans(found) == [("1 %", 0.01, 1), ("10 %", 0.1, 91)]


def test_a_killed_flag_is_the_same_release_and_nobody_gets_the_canary(history: History) -> None:
    history.do("set", after_min=0)
    history.do("kill", after_min=5)
    assert spans(history.found()) == [("1 %", 0.01, 1), ("killed", None, 6)]


def test_a_restored_flag_is_no_release_and_the_next_one_begins_anew(history: History) -> None:
    history.do("set", after_min=0)
    history.do("kill", after_min=5)
    history.do("restore", after_min=6)
    assert history.found() is None
    history.do("set", after_min=60)
    assert spans(history.found()) == [("1 %", 0.01, 61)]


def test_a_kill_of_a_flag_that_was_never_set_is_no_release(history: History) -> None:
    history.do("kill", after_min=0)
    assert history.found() is None


@pytest.mark.parametrize(("stages", "is_by_cohort"), [(RINGED, True), (SHARES, False)])
def test_no_share_is_declared_where_it_need_not_be_that_of_the_sessions(
    history: History, stages: list[GateStage], is_by_cohort: bool
) -> None:
    history.do("set", after_min=0, stages=stages)
    history.do("set", after_min=9, stages=stages, number=1)
    assert [share for _, share, _ in spans(history.found(stages, is_by_cohort=is_by_cohort))] == [None, None]


def test_what_is_no_stage_is_told_in_the_words_of_its_change(history: History) -> None:
    history.do("by hand", after_min=0)
    assert spans(history.found()) == [("everybody gets 'on'", None, 1)]
