"""A monitor that no run judges is blind, named with its cause and what to do, and never up again by itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leadline.incidents import Sight, find_blindness, write_page
from leadline.incidents.titles import title_incident
from leadline.model import Cause, Incident, IncidentState, TransitionKind

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def sight(noon: datetime) -> Sight:
    return Sight(
        cohort=None,
        location="local",
        severity="critical",
        every_s=60,
        deadline_s=30,
        since=noon,
        age_s=61,
        unjudged=1,
        aborted=1,
        cause=Cause.PROBE_FAULT,
        message="secret ROOMS_PASSWORD is not set",
    )


def test_one_aborted_run_is_an_accident(sight: Sight) -> None:
    assert find_blindness(sight) is None


def test_two_aborted_runs_in_a_row_are_blindness_with_cause_and_remedy(sight: Sight, noon: datetime) -> None:
    finding = find_blindness(replace(sight, unjudged=2, aborted=2))
    assert finding is not None
    assert finding.since == noon
    assert "ROOMS_PASSWORD is not set" in str(finding.error_message)
    assert "environment" in str(finding.remedy)


def test_what_is_not_configured_so_that_it_can_run_is_blind_at_once(sight: Sight) -> None:
    broken = replace(sight, aborted=0, age_s=1, cause=Cause.CONFIGURATION, message="no such cohort")
    assert find_blindness(broken) is not None


@pytest.mark.parametrize(
    ("every_s", "deadline_s", "age_s", "is_blind"),
    [(60, 30, 180, False), (60, 30, 181, True), (5, 30, 35, False), (5, 30, 36, True)],
)
def test_without_a_judged_run_for_three_intervals_it_is_blind_but_a_run_may_take_its_deadline(
    sight: Sight, every_s: float, deadline_s: float, age_s: float, is_blind: bool
) -> None:
    quiet = replace(
        sight, every_s=every_s, deadline_s=deadline_s, age_s=age_s, unjudged=0, aborted=0, cause=None, message=None
    )
    assert (find_blindness(quiet) is not None) == is_blind


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_comes_with_something_to_do(sight: Sight, cause: Cause) -> None:
    finding = find_blindness(replace(sight, aborted=2, cause=cause, message="it is so"))
    assert finding is not None
    assert finding.remedy


def write_golden(name: str, title: str, body: str) -> None:
    text = f"{title}\n{'=' * len(title)}\n{body}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / f"{name}.txt").write_text(text)
    assert text == (GOLDEN / f"{name}.txt").read_text()


def test_the_pages_about_blindness_read_like_this_and_say_nothing_of_the_site(
    incident: Callable[..., Incident], sight: Sight, noon: datetime
) -> None:
    finding = find_blindness(replace(sight, unjudged=2, aborted=2, age_s=120))
    assert finding is not None
    blind = incident(kind="blindness", state=IncidentState.UNKNOWN, findings=(finding,), service_version=None)
    now = noon + timedelta(minutes=2)
    blind = replace(blind, title=title_incident(blind))
    page = write_page(blind, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=now)
    write_golden("open_blindness", page.title, page.body)
    healed = replace(finding, healed_at=now, healed_run_id="01JC")
    over = replace(blind, findings=(), healed=(healed,), state=IncidentState.RESOLVED, resolved_at=now)
    end = write_page(over, TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=now)
    write_golden("resolve_blindness", end.title, end.body)
    assert "fail" not in page.title + end.title + end.body.replace("failed first", "")
