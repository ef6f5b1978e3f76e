"""What people read, word for word: golden files. `UPDATE_GOLDEN=1 pytest ...` writes them anew, to be read then."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.incidents import PageText, write_page
from leadline.incidents.spans import write_span
from leadline.model import Cause, Finding, Incident, IncidentState, TransitionKind

GOLDEN = Path(__file__).parent / "golden"
DASHBOARD = "https://leadline.example/"
New = Callable[..., Incident]
Place = Callable[..., Finding]


def assert_reads(name: str, page: PageText) -> None:
    file = GOLDEN / f"{name}.txt"
    text = f"{page.title}\n{'=' * len(page.title)}\n{page.body}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


def healed(incident: Incident, failing: Place, noon: datetime) -> Incident:
    place = failing(healed_run_id="01JC", healed_at=noon + timedelta(minutes=4))
    return replace(
        incident, state=IncidentState.RESOLVED, resolved_at=noon + timedelta(minutes=4), findings=(), healed=(place,)
    )


def test_a_page_about_a_journey_reads_like_this(incident: New, noon: datetime) -> None:
    now = noon + timedelta(seconds=10)
    page = write_page(incident(), TransitionKind.OPEN, is_combined=False, dashboard_url=DASHBOARD, now=now)
    assert_reads("open_journey", page)


def test_a_page_without_a_dashboard_names_the_commands(incident: New, noon: datetime) -> None:
    now = noon + timedelta(seconds=10)
    page = write_page(incident(), TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=now)
    assert_reads("open_without_dashboard", page)


def test_a_page_about_a_check_reads_like_this(incident: New, failing: Place, noon: datetime) -> None:
    place = failing(
        cohort=None,
        step=None,
        service_version=None,
        cause=Cause.CONNECTION_REFUSED,
        error_message=None,
        confirmed_by=("01JB", "01JC"),
        evidence=(),
    )
    broken = incident(monitor="check", name="api", severity="warning", findings=(place,))
    page = write_page(
        broken, TransitionKind.OPEN, is_combined=False, dashboard_url=DASHBOARD, now=noon + timedelta(minutes=65)
    )
    assert_reads("open_check", page)


def test_a_page_about_two_cohorts_lists_both(incident: New, failing: Place, noon: datetime) -> None:
    broken = incident(findings=(failing(), failing(cohort="baseline", service_version="1.4.2", run_id="01JD")))
    page = write_page(
        broken, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon + timedelta(minutes=2)
    )
    assert_reads("open_two_cohorts", page)


def test_a_resolve_says_how_long_and_which_runs(incident: New, failing: Place, noon: datetime) -> None:
    over = healed(incident(), failing, noon)
    page = write_page(over, TransitionKind.RESOLVE, is_combined=False, dashboard_url=DASHBOARD, now=noon)
    assert_reads("resolve", page)


def test_a_combined_page_tells_of_both_ends(incident: New, failing: Place, noon: datetime) -> None:
    over = healed(incident(), failing, noon)
    page = write_page(over, TransitionKind.RESOLVE, is_combined=True, dashboard_url=None, now=noon)
    assert_reads("combined", page)


def test_a_hostile_page_reads_like_this(incident: New, failing: Place, noon: datetime) -> None:
    place = failing(
        cohort="can\u202eary",
        step="<pay>" * 50,
        service_version="\x1b[31m1.5.0\x1b[0m",
        error_message="@everyone <!channel> \x1b]0;title\x07[click](javascript:alert(1))\n" + "line\n" * 40,
    )
    broken = incident(name="check" * 2000, app="<b>shop</b>", findings=(place,))
    page = write_page(broken, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    assert_reads("open_hostile", page)


_words = st.text(max_size=80) | st.sampled_from(["\x1b[1mx", "a" * 10_000, "\u202e", "\n\n", "<b>"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=_words, version=_words, cohort=_words, step=_words, error=_words, transition=st.sampled_from(TransitionKind)
)
def test_whatever_is_in_it_a_title_is_one_short_line_and_two_lines_stand_alone(
    incident: New, failing: Place, noon: datetime, transition: TransitionKind, name: str, error: str, **place: Any
) -> None:
    where = failing(cohort=place["cohort"], service_version=place["version"], step=place["step"], error_message=error)
    broken = incident(name=name, findings=(where,))
    page = write_page(broken, transition, is_combined=False, dashboard_url=None, now=noon)
    assert 0 < len(page.title) <= 60
    assert page.title.isprintable()
    first, second, blank = page.body.split("\n")[:3]
    assert 0 < len(first) <= 120
    assert 0 < len(second) <= 120
    assert blank == ""
    assert len(page.body) < 5_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (61, "1 min"), (240, "4 min"), (3600, "1 h"), (7500, "2 h 5 min"),
     (86400, "1 d"), (273_600, "3 d 4 h"), (3599, "1 h")],
)  # fmt: skip
def test_a_span_is_written_in_its_largest_units(seconds: int, words: str) -> None:
    assert write_span(timedelta(seconds=seconds)) == words
