"""Each claim of the walk can fail: a true world holds it, and each way of being false does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from walking import claims
from walking.facts import Check, Incident, Notification, Page, Run, VersionFigures

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GREEN = Check("passed")
BASELINE_OK = Run("b1", "baseline", "passed", "1.4.2")
CANARY_OK = Run("c1", "canary", "passed", "1.5.0")
CANARY_BAD = Run("c2", "canary", "failed", "1.5.0", "buy")
CONFIRMED = Run("c3", "canary", "failed", "1.5.0", "buy", "c2")
SELLS = VersionFigures("1.4.2", sessions=20, bought=13, sales=13, page_views=60, ttfb_p50_ms=12)
SELLS_TOO = VersionFigures("1.5.0", sessions=20, bought=12, sales=12, page_views=60, ttfb_p50_ms=14)
SELLS_NOTHING = replace(SELLS_TOO, bought=0, sales=0)
PAGE = Page("DOWN shop checkout · buy · 1.5.0 (canary)", "Step: buy\nVersion: 1.5.0", AT, (claims.PNG + b"...",))
CHANGED = replace(PAGE, transition="change")
ENDED = replace(PAGE, transition="resolve")
RELEASE = Incident("R", "open", "shop 1.5.0", "release")
WORDS = ["checkout", "buy", "1.5.0", "canary"]


def test_a_healthy_start_is_healthy() -> None:
    assert claims.both_cohorts_pass([BASELINE_OK, CANARY_OK], [GREEN]).holds


@pytest.mark.parametrize(
    ("runs", "checks"),
    [
        ([], []),
        ([BASELINE_OK], [GREEN]),
        ([CANARY_OK], [GREEN]),
        ([BASELINE_OK, CANARY_OK], []),
        ([BASELINE_OK, CANARY_OK], [Check("failed")]),
        ([BASELINE_OK, CANARY_OK, CANARY_BAD], [GREEN]),
        ([BASELINE_OK, replace(CANARY_OK, status="aborted")], [GREEN]),
    ],
)
def test_a_start_that_is_not_healthy_is_said(runs, checks) -> None:
    assert not claims.both_cohorts_pass(runs, checks).holds


def test_before_the_canary_every_visitor_is_on_the_baseline() -> None:
    nobody = VersionFigures("1.5.0")
    assert claims.only_baseline_has_visitors(SELLS, nobody).holds
    assert not claims.only_baseline_has_visitors(SELLS, replace(nobody, sessions=1)).holds
    assert not claims.only_baseline_has_visitors(VersionFigures("1.4.2"), nobody).holds


def test_a_healthy_canary_sells() -> None:
    assert claims.both_versions_have_visitors(SELLS, SELLS_TOO).holds
    assert not claims.both_versions_have_visitors(SELLS, SELLS_NOTHING).holds
    assert not claims.both_versions_have_visitors(VersionFigures("1.4.2"), SELLS_TOO).holds


def test_the_canary_alone_fails() -> None:
    assert claims.only_the_canary_fails([BASELINE_OK, CANARY_OK, CANARY_BAD], [GREEN], step="buy").holds


@pytest.mark.parametrize(
    ("runs", "checks"),
    [
        ([BASELINE_OK, CANARY_OK], [GREEN]),
        ([CANARY_BAD], [GREEN]),
        ([BASELINE_OK, CANARY_BAD, replace(BASELINE_OK, status="failed")], [GREEN]),
        ([BASELINE_OK, replace(CANARY_BAD, failed_step="home")], [GREEN]),
        ([BASELINE_OK, CANARY_BAD], [GREEN, Check("failed")]),
        ([BASELINE_OK, CANARY_BAD], []),
        ([BASELINE_OK, replace(CANARY_BAD, status="aborted")], [GREEN]),
    ],
)
def test_a_failure_elsewhere_or_of_ours_is_not_the_canary_failing(runs, checks) -> None:
    assert not claims.only_the_canary_fails(runs, checks, step="buy").holds


def test_a_confirmation_is_a_second_failure_of_the_same_cohort() -> None:
    assert claims.the_failure_is_confirmed([CANARY_BAD, CONFIRMED]).holds
    for runs in (
        [CANARY_BAD],
        [CANARY_BAD, replace(CONFIRMED, status="passed")],
        [CANARY_BAD, replace(CONFIRMED, cohort="baseline")],
        [replace(CANARY_BAD, cohort="baseline"), CONFIRMED],
    ):
        assert not claims.the_failure_is_confirmed(runs).holds


def test_one_whole_page_is_one_page() -> None:
    assert claims.one_page_tells_all([PAGE], words=WORDS).holds
    assert claims.one_page_tells_all([PAGE, CHANGED], words=WORDS).holds


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [PAGE, PAGE],
        [CHANGED],
        [PAGE, ENDED],
        [replace(PAGE, title="DOWN shop checkout", body="")],
        [replace(PAGE, attachments=())],
        [replace(PAGE, attachments=(b"<html>not a picture",))],
    ],
)
def test_no_page_two_pages_or_half_a_page_is_not_one_page(pages) -> None:
    assert not claims.one_page_tells_all(pages, words=WORDS).holds


@pytest.mark.parametrize("states", [[], ["resolved"], ["open", "open"], ["unknown"]])
def test_anything_but_one_open_incident_is_said(states: list[str]) -> None:
    incidents = [Incident(f"I{index}", state, "t") for index, state in enumerate(states)]
    assert not claims.one_incident_is_open(incidents).holds
    assert claims.one_incident_is_open([Incident("I", "open", "t"), RELEASE]).holds


def test_nobody_buying_is_beyond_chance_and_a_few_less_is_not() -> None:
    assert claims.conversion_differs(SELLS, SELLS_NOTHING).holds
    assert not claims.conversion_differs(SELLS, SELLS_TOO).holds
    assert not claims.conversion_differs(SELLS, replace(SELLS_TOO, bought=8)).holds
    assert not claims.conversion_differs(SELLS_NOTHING, SELLS).holds


def test_it_is_looked_once_enough_visits_of_both_came_whatever_they_did() -> None:
    many = replace(SELLS, sessions=24)
    assert claims.enough_visits(many, replace(many, bought=0)).holds
    assert not claims.enough_visits(many, replace(many, sessions=23)).holds
    assert not claims.enough_visits(replace(many, sessions=23), many).holds


def test_a_handful_of_visits_never_differs() -> None:
    few = replace(SELLS, sessions=5, bought=5)
    assert not claims.conversion_differs(few, replace(SELLS_NOTHING, sessions=5)).holds
    assert not claims.conversion_differs(VersionFigures("1.4.2"), VersionFigures("1.5.0")).holds


def test_the_chance_is_fishers() -> None:
    # scipy 1.17: fisher_exact([[1, 9], [11, 3]], alternative="less") = 0.001379728 (R. A. Fisher's own example)
    assert claims.chance_of_so_few(hits=1, of=10, other_hits=11, other_of=14) == pytest.approx(0.001379728, rel=1e-6)
    assert claims.chance_of_so_few(hits=5, of=5, other_hits=5, other_of=5) == 1.0
    assert claims.chance_of_so_few(hits=0, of=0, other_hits=5, other_of=5) == 1.0


def test_any_error_in_either_version_is_said() -> None:
    assert claims.errors_do_not_differ(SELLS, SELLS_NOTHING).holds
    for broken in (replace(SELLS_NOTHING, errors=1), replace(SELLS_NOTHING, failed_requests=1)):
        assert not claims.errors_do_not_differ(SELLS, broken).holds
        assert not claims.errors_do_not_differ(broken, SELLS).holds


def test_a_slow_version_is_said_and_so_is_one_of_which_nothing_is_known() -> None:
    assert claims.both_answer_fast(SELLS, SELLS_NOTHING).holds
    for slow in (801, 2600, None):
        assert not claims.both_answer_fast(SELLS, replace(SELLS_NOTHING, ttfb_p50_ms=slow)).holds
        assert not claims.both_answer_fast(replace(SELLS, ttfb_p50_ms=slow), SELLS_NOTHING).holds


def test_only_one_resolved_incident_is_resolved() -> None:
    assert claims.the_incident_resolves([Incident("I", "resolved", "t"), RELEASE]).holds
    for states in ([], ["open"], ["resolved", "open"], ["resolved", "resolved"]):
        assert not claims.the_incident_resolves([Incident("I", state, "t") for state in states]).holds


def test_a_resolve_follows_once_and_both_are_accepted() -> None:
    opened, resolved = Notification("open", "oncall", "accepted"), Notification("resolve", "oncall", "accepted")
    changed = Notification("change", "oncall", "accepted")
    journey = Incident("I", "resolved", "t")
    judged = (replace(PAGE, incident_id="R"), replace(opened, incident_id="R"))
    assert claims.one_resolve_follows([PAGE, ENDED], [resolved, opened], [journey]).holds
    assert claims.one_resolve_follows([PAGE, CHANGED, ENDED], [resolved, changed, opened], [journey]).holds
    assert claims.one_resolve_follows([PAGE, ENDED, judged[0]], [judged[1], resolved, opened], [RELEASE, journey]).holds
    for pages, ledger in (
        ([PAGE], [opened, resolved]),
        ([PAGE, PAGE], [opened, opened]),
        ([PAGE, ENDED, ENDED], [opened, resolved]),
        ([PAGE, CHANGED, ENDED], [opened, resolved]),
        ([PAGE, ENDED], [opened]),
        ([PAGE, ENDED], [opened, replace(resolved, state="failing")]),
        ([PAGE, ENDED], [opened, resolved, resolved]),
    ):
        assert not claims.one_resolve_follows(pages, ledger, [journey]).holds


@pytest.mark.parametrize(("stored", "holds"), [(9, False), (10, True), (11, True), (12, False)])
def test_a_sale_is_neither_lost_nor_counted_twice(stored: int, holds: bool) -> None:
    finding = claims.every_sale_is_stored(sold_before=10, stored=stored, sold_after=11, version="1.5.0")
    assert finding.holds is holds


def test_a_finding_says_what_was_seen_instead() -> None:
    assert claims.conversion_differs(SELLS, SELLS_TOO).seen.startswith("1.4.2: 13 of 20 visits bought, 1.5.0: 12 of 20")


def test_nothing_may_be_under_way_when_it_is_summed_up() -> None:
    sent, owed = Notification("open", "oncall", "accepted"), Notification("resolve", "oncall", "pending")
    assert claims.all_pages_arrived([sent, sent], [PAGE, ENDED]).holds
    assert claims.all_pages_arrived([sent, sent], [ENDED]).holds  # one message told of both
    for notifications, pages in (([sent, owed], [PAGE]), ([sent], [PAGE, ENDED]), ([], []), ([sent], [])):
        assert not claims.all_pages_arrived(notifications, pages).holds
