"""The words that pages are made of: an error as a person would say it, and a span in its largest units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from leadline.incidents import PageContext, write_page
from leadline.incidents.plain_errors import say_plainly
from leadline.incidents.spans import write_span
from leadline.model import Finding, Incident, IncidentState, TransitionKind

Place = Callable[..., Finding]
New = Callable[..., Incident]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ('Locator expected to be visible\n  waiting for get_by_text("Thank you")', '"Thank you" did not appear'),
        (
            'Locator expected to be hidden\nLocator: get_by_role("dialog", name="Cookies")',
            'dialog "Cookies" is still there',
        ),
        (
            "Locator expected to have text '12.00'\nActual value: 14.00\nCall log:\n  waiting for locator(\"#sum\")",
            '"#sum" was expected to have text \'12.00\', saw "14.00"',
        ),
        (
            "Page expected to have title 'Shop'\nActual value: Login",
            "the page was expected to have title 'Shop', saw \"Login\"",
        ),
        (
            'Locator.click: Timeout 2000ms exceeded.\nCall log:\n  waiting for get_by_role("button", name="Buy")',
            'button "Buy" did not come within 2 s',
        ),
        ("Page.goto: Timeout 10000ms exceeded.", "nothing came within 10 s"),
        (
            "Page.goto: net::ERR_CONNECTION_REFUSED at https://shop.example/",
            "nobody answers: connection refused (https://shop.example/)",
        ),
        (
            "Locator expected to have text 'Thank you'; Actual value: Checkout;"
            ' waiting for get_by_role("heading", level=1)',
            "the heading was expected to have text 'Thank you', saw \"Checkout\"",
        ),
        ("/pay answered 500", "/pay answered 500"),
        ("", "assertion"),
    ],
)
def test_an_error_is_said_in_plain_words(failing: Place, error: str, said: str) -> None:
    assert say_plainly(failing(error_message=error)) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (61, "1 min"), (240, "4 min"), (3600, "1 h"), (7500, "2 h 5 min"),
     (86400, "1 d"), (273_600, "3 d 4 h"), (3599, "1 h")],
)  # fmt: skip
def test_a_span_is_written_in_its_largest_units(seconds: int, words: str) -> None:
    assert write_span(timedelta(seconds=seconds)) == words


def test_a_change_names_what_was_added_last_and_not_what_was_there_before(
    incident: New, failing: Place, noon: datetime
) -> None:
    both = incident(findings=(failing(cohort="canary"), failing(cohort="baseline")))
    page = write_page(both, TransitionKind.CHANGE, is_combined=False, dashboard_url=None, now=noon)
    assert "Now also: users of baseline on version 1.5.0." in page.body


def test_a_change_of_the_step_says_where_it_fails_now_and_where_it_failed(
    incident: New, failing: Place, noon: datetime
) -> None:
    moved = incident(findings=(failing(step="home", earlier_steps=("pay",)),))
    page = write_page(moved, TransitionKind.CHANGE, is_combined=False, dashboard_url=None, now=noon)
    assert "Now it fails at home, before that at pay." in page.body
    assert "Now also" not in page.body


def test_a_change_for_the_worse_of_one_finding_names_nobody_twice(incident: New, noon: datetime) -> None:
    page = write_page(incident(), TransitionKind.CHANGE, is_combined=False, dashboard_url=None, now=noon)
    assert "It is worse than before." in page.body


def test_a_rollback_that_worked_in_the_end_is_not_called_worse(incident: New, noon: datetime) -> None:
    done = PageContext(machine=("Leadline ran hook late, verified at 11:33 UTC.",), is_rolled_back=True)
    page = write_page(incident(), TransitionKind.CHANGE, is_combined=False, dashboard_url=None, now=noon, context=done)
    assert "worse" not in page.body
    assert "Leadline ran hook late, verified at 11:33 UTC." in page.body


def test_what_to_do_gets_a_line_of_its_own_beside_a_long_error(incident: New, failing: Place, noon: datetime) -> None:
    place = failing(step=None, error_message="x" * 110, remedy="Set it, and restart the scheduler.")
    page = write_page(incident(findings=(place,)), TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    assert page.body.split("\n")[2] == "To do: Set it, and restart the scheduler."


def test_a_check_says_where_it_looks(incident: New, noon: datetime) -> None:
    context = PageContext(address="https://shop.example/health")
    page = write_page(
        incident(monitor="check"), TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon, context=context
    )
    assert "Address: https://shop.example/health" in page.body


def test_whoever_took_several_is_said_to_be_on_all(incident: New, noon: datetime) -> None:
    taken = incident(state=IncidentState.ACKNOWLEDGED, acknowledged_by="Ada")
    context = PageContext(also_acknowledged=9)
    page = write_page(
        taken, TransitionKind.ACKNOWLEDGE, is_combined=False, dashboard_url=None, now=noon, context=context
    )
    assert "Ada is on it, and on 9 more." in page.body
