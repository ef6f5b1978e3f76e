"""The claims about the release that the machine takes back: each holds on a true story and fails on any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from walking.facts import Action, Page, Verdict
from walking.rollback_claims import (
    VISITS_AFTER,
    a_verdict_rolls_back,
    nobody_gets_it_any_more,
    one_page_says_what_was_done,
    the_budget_of_errors_is_untouched,
    the_machine_took_it_back,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SENTENCE = "Roll back 2.0.0: it sells less than 1.9.0. No sign of harm in sessions with an error and LCP."
HOLD = Verdict("v0", "2.0.0", "inconclusive", "Hold 2.0.0: never seen.", NOON - timedelta(minutes=1))
ROLLBACK = Verdict("v1", "2.0.0", "rollback", SENTENCE, NOON)
DONE = Action(
    hook="kill",
    state="verified",
    verdict_id="v1",
    attempts=1,
    requested_at=NOON + timedelta(seconds=1.5),
    executed_at=NOON + timedelta(seconds=2),
    verified_at=NOON + timedelta(seconds=3),
    evidence="3 evaluations in a row: OFREP answers 'off'",
)
PAGE = Page("ALERT app 2.0.0 · sells less", "Since 12:00.\nLeadline ran hook kill, verified at 12:00 UTC: off.", NOON)


def test_the_verdict_must_be_a_rollback_by_sales_alone() -> None:
    assert a_verdict_rolls_back([HOLD, ROLLBACK], version="2.0.0").holds
    by_errors = replace(ROLLBACK, sentence="Roll back 2.0.0: it sells less and has more errors than 1.9.0.")
    for verdicts in ([], [HOLD], [replace(ROLLBACK, service_version="1.5.0")], [by_errors]):
        assert not a_verdict_rolls_back(verdicts, version="2.0.0").holds


def test_one_hook_must_have_been_run_for_it_and_seen() -> None:
    found = the_machine_took_it_back([DONE], [HOLD, ROLLBACK], hook="kill")
    assert found.holds
    assert found.seen.startswith("2.0 s after the minute closed it was run, 1.0 s later verified: 3 evaluations")
    for actions in (
        [],
        [DONE, DONE],
        [replace(DONE, state="executed", verified_at=None)],
        [replace(DONE, state="failed")],
        [replace(DONE, hook="another")],
        [replace(DONE, verdict_id="v0")],
    ):
        assert not the_machine_took_it_back(actions, [HOLD, ROLLBACK], hook="kill").holds


def test_nobody_may_get_it_any_more_and_enough_must_have_come() -> None:
    assert nobody_gets_it_any_more({"1.9.0": VISITS_AFTER}, version="2.0.0").holds
    assert not nobody_gets_it_any_more({"1.9.0": VISITS_AFTER - 1}, version="2.0.0").holds
    assert not nobody_gets_it_any_more({"1.9.0": 400, "2.0.0": 1}, version="2.0.0").holds


def test_one_page_must_tell_of_an_act_that_was_verified() -> None:
    assert one_page_says_what_was_done([PAGE], hook="kill", version="2.0.0").holds
    due = replace(PAGE, body="Leadline runs hook kill now.")
    for pages in ([], [PAGE, PAGE], [due], [replace(PAGE, transition="resolve")]):
        assert not one_page_says_what_was_done(pages, hook="kill", version="2.0.0").holds


def test_the_budget_must_be_known_and_nearly_whole() -> None:
    assert the_budget_of_errors_is_untouched([{"left_ratio": 0.83}]).seen == "83% is left"
    for budgets in ([], [{"left_ratio": None}], [{"left_ratio": 0.4}]):
        assert not the_budget_of_errors_is_untouched(budgets).holds
