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

from leadline.incidents import PageContext, PageText, write_page
from leadline.incidents.verdict_findings import note_journeys
from leadline.model import Cause, Finding, Incident, IncidentState, TransitionKind

GOLDEN = Path(__file__).parent / "golden"
DASHBOARD = "https://leadline.example/"
New = Callable[..., Incident]
Place = Callable[..., Finding]


def assert_reads(name: str, page: PageText) -> None:
    text = f"{page.title}\n{'=' * len(page.title)}\n{page.body}\n"
    for form, said in {"txt": text, "md": page.markdown + "\n", "html": page.html + "\n"}.items():
        file = GOLDEN / f"{name}.{form}"
        if form != "txt" and not name.startswith("whole_"):
            continue
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(said)
        assert said == file.read_text()


def healed(incident: Incident, failing: Place, noon: datetime) -> Incident:
    place = failing(healed_run_id="01JC", healed_at=noon + timedelta(minutes=4))
    return replace(
        incident, state=IncidentState.RESOLVED, resolved_at=noon + timedelta(minutes=4), findings=(), healed=(place,)
    )


def test_a_page_about_a_journey_reads_like_this(incident: New, noon: datetime) -> None:
    now = noon + timedelta(seconds=10)
    page = write_page(incident(), TransitionKind.OPEN, is_combined=False, dashboard_url=DASHBOARD, now=now)
    assert_reads("open_journey", page)


def whole_context(noon: datetime) -> PageContext:
    return PageContext(
        link="https://leadline.example/i/IjAx.c2ln",
        passing=("baseline",),
        unknown=("beta",),
        impact="0 of 21 canary visitors bought (1.4.2: 14 of 18).",
        deployed_version="1.5.0",
        deployed_at=noon - timedelta(minutes=4),
        runbook="https://wiki.example/checkout?a=b&c=d",
        owner="team <shop>",
    )


@pytest.mark.parametrize("transition", [TransitionKind.OPEN, TransitionKind.CHANGE, TransitionKind.ACKNOWLEDGE])
def test_a_page_with_all_that_is_known_reads_like_this(
    incident: New, failing: Place, noon: datetime, transition: TransitionKind
) -> None:
    error = 'Locator expected to be visible\nActual value: None\nCall log:\n  waiting for get_by_text("Thank you")'
    broken = incident(findings=(failing(error_message=error),))
    if transition is not TransitionKind.OPEN:
        broken = replace(
            broken,
            state=IncidentState.ACKNOWLEDGED,
            acknowledged_by="Ada",
            findings=(*broken.findings, failing(cohort="beta", since=noon + timedelta(minutes=3))),
        )
    page = write_page(
        broken, transition, is_combined=False, dashboard_url=DASHBOARD, now=noon, context=whole_context(noon)
    )
    assert_reads(f"whole_{transition}", page)


def test_whoever_is_on_it_is_named_and_nobody_is_asked_again(incident: New, noon: datetime) -> None:
    taken = incident(state=IncidentState.ACKNOWLEDGED, acknowledged_by="Ada")
    page = write_page(
        taken, TransitionKind.CHANGE, is_combined=False, dashboard_url=None, now=noon, context=whole_context(noon)
    )
    assert "Ada is on it." in page.body
    assert "I am on it" not in page.body + page.markdown + page.html


def test_a_blind_monitor_reads_like_this(incident: New, failing: Place, noon: datetime) -> None:
    place = failing(
        cohort=None,
        step=None,
        service_version=None,
        run_id=None,
        confirmed_by=(),
        evidence=(),
        summary="no judged run",
        cause="configuration",
        error_message="ROOMS_PASSWORD is not set",
        remedy="export ROOMS_PASSWORD where the scheduler runs",
    )
    blind = incident(kind="blindness", state=IncidentState.UNKNOWN, findings=(place,))
    page = write_page(blind, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    assert_reads("open_blind", page)


def test_no_form_of_a_page_lets_a_site_write_markup(incident: New, failing: Place, noon: datetime) -> None:
    hostile = failing(step="*bold* _x_", error_message="[click](https://evil.example) <b>x</b> | `code` & <script>")
    page = write_page(
        incident(findings=(hostile,)), TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon
    )
    assert "<script>" not in page.html
    assert "<b>" not in page.html
    assert "](https://evil" not in page.markdown
    assert "*bold*" not in page.markdown.replace("\\*", "")


def test_a_test_page_says_that_nothing_is_broken(incident: New, noon: datetime) -> None:
    trial = replace(
        incident(monitor="leadline", name="test page", findings=(), state=IncidentState.RESOLVED),
        title="Leadline test page for ada",
        opened_at=noon,
    )
    page = write_page(trial, TransitionKind.TEST, is_combined=False, dashboard_url=DASHBOARD, now=noon)
    assert_reads("trial", page)


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


@pytest.mark.parametrize("transition", [TransitionKind.CHANGE, TransitionKind.RESOLVE])
def test_a_journeys_page_tells_of_the_release_that_it_fails_on(
    incident: New, failing: Place, noon: datetime, transition: TransitionKind
) -> None:
    told = incident() if transition is TransitionKind.CHANGE else healed(incident(), failing, noon)
    context = PageContext(
        release="Release 1.5.0 fails our journeys everywhere.",
        remedy="Roll back 1.5.0. leadline verdict --app shop --explain shows the evidence.",
        machine=("Leadline ran hook kill, verified at 14:04 UTC: 9 of 9 sessions on 1.4.2.",),
        is_rolled_back=True,
    )
    page = write_page(
        told, transition, is_combined=False, dashboard_url=None, now=noon + timedelta(minutes=4), context=context
    )
    assert_reads(f"{transition}_with_release", page)


def test_a_journey_that_healed_while_its_release_is_still_bad_leaves_something_to_do(
    incident: New, failing: Place, noon: datetime
) -> None:
    context = PageContext(release="Release 1.5.0 fails our journeys everywhere.", remedy="Roll back 1.5.0.")
    over = healed(incident(), failing, noon)
    page = write_page(over, TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=noon, context=context)
    assert "To do: Roll back 1.5.0." in page.body
    assert "Nothing to do" not in page.body


def test_a_release_that_is_judged_after_its_journeys_have_healed_says_both(
    incident: New, failing: Place, noon: datetime
) -> None:
    found = failing(
        part="hard_failures", cohort=None, location=None, step=None, cause=None, run_id=None, confirmed_by=(),
        evidence=(), error_message="checkout failed 3 times in a row", remedy="Roll back 1.5.0.",
    )  # fmt: skip
    release = note_journeys(incident(monitor="release", name="1.5.0", findings=(found,)), noon + timedelta(minutes=3))
    page = write_page(release, TransitionKind.OPEN, is_combined=False, dashboard_url=DASHBOARD, now=noon)
    assert_reads("judged_after_healing", page)


@pytest.mark.parametrize("is_rolled_back", [False, True])
def test_what_the_machine_did_is_left_to_nobody(
    incident: New, failing: Place, noon: datetime, is_rolled_back: bool
) -> None:
    told = incident(findings=(failing(remedy="Roll back 1.5.0."),))
    context = PageContext(machine=("Leadline ran hook kill.",), is_rolled_back=is_rolled_back)
    page = write_page(told, TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon, context=context)
    assert ("Roll back" in page.body) is not is_rolled_back


def test_what_a_rollback_was_about_is_told_to_be_back(incident: New, failing: Place, noon: datetime) -> None:
    wrong = failing(
        part="kpi:checkout_completed",
        cohort=None,
        location=None,
        step=None,
        cause=None,
        run_id=None,
        confirmed_by=(),
        evidence=(),
        summary="sells less",
        error_message="Roll back 1.5.0: it sells less than 1.4.2.",
        healed_at=noon + timedelta(minutes=4),
    )
    over = incident(
        monitor="release", name="1.5.0", findings=(), healed=(wrong,),
        state=IncidentState.RESOLVED, resolved_at=noon + timedelta(minutes=4),
    )  # fmt: skip
    context = PageContext(
        link="https://leadline.example/i/IjAx.c2ln",
        machine=("Leadline ran hook kill, verified at 14:03 UTC: 3 evaluations in a row: OFREP answers 'off'.",),
        recovered="Recovered at 14:44 UTC: checkout_completed 4.11 % in 2,313 sessions since then (1.4.2 had 4.20 %, "
        "1.5.0 3.10 %).",
        is_rolled_back=True,
    )
    now = noon + timedelta(minutes=42)
    told = {one: write_page(over, one, is_combined=False, dashboard_url=DASHBOARD, now=now, context=context)
            for one in (TransitionKind.RECOVER, TransitionKind.RESOLVE)}  # fmt: skip
    assert_reads("recovered", told[TransitionKind.RECOVER])
    # Where the end has not gone out yet, it tells it.
    assert context.recovered in told[TransitionKind.RESOLVE].body


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


@pytest.mark.parametrize(("turns", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd")])
def test_a_page_about_what_comes_and_goes_says_how_often(incident: New, noon: datetime, turns: int, said: str) -> None:
    page = write_page(incident(turns=turns), TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    assert f"It comes and goes: back for the {said} time." in page.body.split("\n")[0]
