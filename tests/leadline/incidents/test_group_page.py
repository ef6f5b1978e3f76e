"""One page about several incidents names what they share, how many they are, and which."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leadline.incidents import write_group, write_page
from leadline.incidents.shared_causes import name_shared_cause
from leadline.model import Cause, Finding, Incident, IncidentState, TransitionKind

GOLDEN = Path(__file__).parent / "golden"
New = Callable[..., Incident]
Place = Callable[..., Finding]


def group(incident: New, count: int, **fields: object) -> list[Incident]:
    return [
        replace(incident(monitor="check", name=f"api-{number}"), incident_id=f"01J{number}", **fields)  # type: ignore[arg-type]
        for number in range(count)
    ]


def test_a_page_about_many_says_how_many_of_what_and_lists_them(incident: New, failing: Place, noon: datetime) -> None:
    place = failing(step=None, error_message="no answer within 1 s")
    many = group(incident, 3, shared_cause="host shop.example:443", findings=(place,))
    now = noon + timedelta(seconds=9)
    lead = write_page(many[0], TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=now)
    page = write_group(lead, many, TransitionKind.OPEN, now=now)
    assert page.title == "DOWN 3 monitors · host shop.example:443"
    first, second = page.body.split("\n")[:2]
    assert first == "Since 14:02 UTC. 3 monitors of one cause: host shop.example:443 (no answer within 1 s)."
    assert second == "Which: shop api-0, shop api-1, shop api-2."
    assert all(
        f"{one.subject.app} {one.subject.name}: no answer within 1 s ({one.incident_id})" in page.body for one in many
    )


def test_a_page_about_many_with_errors_of_their_own_names_none_as_common(
    incident: New, failing: Place, noon: datetime
) -> None:
    many = [
        replace(one, findings=(failing(step=None, error_message=f"answered 50{number}, expected 200"),))
        for number, one in enumerate(group(incident, 2))
    ]
    lead = write_page(many[0], TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    page = write_group(lead, many, TransitionKind.OPEN, now=noon)
    assert page.body.startswith("Since 14:02 UTC. 2 monitors at once.\n")
    assert "shop api-1: answered 501, expected 200 (01J1)" in page.body


def test_its_end_says_that_all_are_over(incident: New, noon: datetime) -> None:
    over = group(incident, 2, state=IncidentState.RESOLVED, resolved_at=noon + timedelta(minutes=4))
    lead = write_page(over[0], TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=noon)
    page = write_group(lead, over, TransitionKind.RESOLVE, now=noon)
    assert page.title == "UP 2 monitors"
    assert page.body.startswith("All 2 are over: from 14:02 UTC to 14:06 UTC, 4 min.")


def test_an_end_of_some_of_many_says_how_many_are_not_over(incident: New, noon: datetime) -> None:
    over = group(incident, 12, state=IncidentState.RESOLVED, resolved_at=noon + timedelta(minutes=4))
    lead = write_page(over[0], TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=noon)
    page = write_group(lead, over, TransitionKind.RESOLVE, now=noon, still_open=8)
    assert page.title == "UP 12 of 20 monitors"
    assert page.body.startswith("12 of 20 are over, 8 not yet: from 14:02 UTC to 14:06 UTC, 4 min.")


def test_the_end_of_a_storm_reads_like_this(incident: New, failing: Place, noon: datetime) -> None:
    hosts = (("api", "no answer within 1 s"), ("pay", "connection refused"), ("search", "answered 503, expected 200"))
    ended = noon + timedelta(minutes=4)
    over = [
        replace(
            incident(monitor="check", name=name),
            incident_id=f"01J{name.upper()}",
            state=IncidentState.RESOLVED,
            resolved_at=ended,
            findings=(),
            healed=(failing(step=None, error_message=error, healed_run_id="01JC", healed_at=ended),),
        )
        for name, error in hosts
    ]
    lead = write_page(over[0], TransitionKind.RESOLVE, is_combined=False, dashboard_url=None, now=ended)
    page = write_group(lead, over, TransitionKind.RESOLVE, now=ended)
    said = {"txt": f"{page.title}\n{'=' * len(page.title)}\n{page.body}", "md": page.markdown, "html": page.html}
    for form, text in said.items():
        file = GOLDEN / f"whole_storm_end.{form}"
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(text + "\n")
        assert text + "\n" == file.read_text()


def test_five_hundred_are_counted_and_not_all_listed(incident: New, noon: datetime) -> None:
    many = group(incident, 500)
    lead = write_page(many[0], TransitionKind.OPEN, is_combined=False, dashboard_url=None, now=noon)
    page = write_group(lead, many, TransitionKind.OPEN, now=noon)
    assert page.title == "DOWN 500 monitors"
    assert "and 450 more" in page.body
    assert len(page.title) <= 60


@pytest.mark.parametrize(
    ("cause", "address", "status_code", "is_journey", "named"),
    [
        (Cause.CONNECTION_REFUSED, "https://shop.example/a", None, False, "host shop.example:443"),
        (Cause.CONNECTION_REFUSED, "https://shop.example/b", None, True, "host shop.example:443"),
        (Cause.CONNECTION_REFUSED, "http://[::1]:8080/", None, False, "host ::1:8080"),
        (Cause.NAME_NOT_RESOLVED, "https://shop.example/", None, False, "name shop.example"),
        (Cause.CERTIFICATE, "https://shop.example/", None, False, "certificate of shop.example:443"),
        (Cause.TIMEOUT, "https://shop.example/", None, False, "host shop.example:443"),
        (Cause.TIMEOUT, "https://shop.example/", None, True, None),
        (Cause.STATUS_CODE, "https://shop.example/a?b=c", 503, False, "status 503 of https://shop.example:443/a"),
        (Cause.STATUS_CODE, "https://shop.example/a", 503, True, None),
        (Cause.ASSERTION, "https://shop.example/", None, False, None),
        (Cause.CONNECTION_REFUSED, None, None, False, None),
        (None, "https://shop.example/", None, False, None),
    ],
)
def test_what_monitors_share_is_a_host_a_name_a_certificate_or_an_answer(
    cause: Cause | None, address: str | None, status_code: int | None, is_journey: bool, named: str | None
) -> None:
    assert name_shared_cause(cause, address=address, status_code=status_code, is_journey=is_journey) == named


@pytest.mark.parametrize(
    ("cause", "message", "named"),
    [
        (Cause.NAME_NOT_RESOLVED, "net::ERR_NAME_NOT_RESOLVED at https://pay.example/x", "name pay.example"),
        (Cause.CONNECTION_REFUSED, "net::ERR_CONNECTION_REFUSED at http://pay.example:81/", "host pay.example:81"),
        (Cause.CERTIFICATE, "net::ERR_CERT_DATE_INVALID at https://pay.example/", "certificate of pay.example:443"),
        (Cause.CONNECTION_REFUSED, "connection refused", "host shop.example:443"),
    ],
)
def test_a_journey_shares_the_host_that_it_could_not_open_not_the_one_where_it_begins(
    cause: Cause, message: str, named: str
) -> None:
    begins = "https://shop.example/"
    shared = name_shared_cause(
        cause, address=begins, status_code=None, is_journey=True, error_message=f"Page.goto: {message}"
    )
    assert shared == named


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("https://shop.example/pay answered 503; expected it", "status 503 of https://shop.example:443/pay"),
        ("https://shop.example answered 500", "status 500 of https://shop.example:443/"),
        ("https://[::1/ answered 500", None),
        ("it said https://shop.example/pay answered 503", None),
        (None, None),
    ],
)
def test_journeys_share_the_page_that_answered_badly_with_each_other_and_with_checks(
    message: str | None, named: str | None
) -> None:
    cause = name_shared_cause(
        Cause.STATUS_CODE, address="https://other.example", status_code=200, is_journey=True, error_message=message
    )
    assert cause == named
    if named is not None and message is not None:
        address, status = message.partition(" ")[0], int(named.split()[1])
        assert named == name_shared_cause(Cause.STATUS_CODE, address=address, status_code=status, is_journey=False)
