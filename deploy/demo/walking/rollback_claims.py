"""What the walk claims about the release that Leadline rolls back. Pure: each is a function of what the system said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from walking.claims import Finding
from walking.facts import Action, Page, Verdict

# Visits needed after the kill before the demo claims that none gets the variant any more.
VISITS_AFTER = 40
# Above this much left of a budget everything goes on as configured (docs/hooks.md).
UNTOUCHED = 0.5


def a_verdict_rolls_back(verdicts: Sequence[Verdict], *, version: str) -> Finding:
    """By sales alone: the verdict itself says that it sees no harm in errors and speed."""
    said = next((one for one in verdicts if one.verdict == "rollback" and one.service_version == version), None)
    newest = f"so far: {verdicts[-1].sentence}" if verdicts else "no verdict yet"
    holds = said is not None and "sells less" in said.sentence and "No sign of harm in" in said.sentence
    return Finding(
        f"the verdict on {version} is to roll back: it sells less, and errors and speed show nothing",
        holds,
        newest if said is None else said.sentence,
    )


def the_machine_took_it_back(actions: Sequence[Action], verdicts: Sequence[Verdict], *, hook: str) -> Finding:
    """One hook, run for that verdict and seen by users; with the seconds that each took."""
    rollbacks = {one.verdict_id: one for one in verdicts if one.verdict == "rollback"}
    claim = f"the machine ran {hook} once for it, and saw from the users' side that it worked"
    if len(actions) != 1:
        return Finding(claim, False, f"{len(actions)} hooks were run")
    [done] = actions
    verdict = rollbacks.get(done.verdict_id or "")
    if done.executed_at is None or done.verified_at is None or verdict is None:
        return Finding(claim, False, f"{done.hook}: {done.state}: {done.evidence}")
    to_executed = (done.executed_at - verdict.occurred_at).total_seconds()
    to_verified = (done.verified_at - done.executed_at).total_seconds()
    return Finding(
        claim,
        (done.hook, done.state) == (hook, "verified"),
        f"{to_executed:.1f} s after the minute closed it was run, {to_verified:.1f} s later verified: {done.evidence}",
    )


def nobody_gets_it_any_more(visits: Mapping[str, int], *, version: str) -> Finding:
    """Of visits that began after the verification."""
    others = sum(count for other, count in visits.items() if other != version)
    still = visits.get(version, 0)
    return Finding(
        f"nobody who comes since then gets {version}",
        others >= VISITS_AFTER and still == 0,
        f"{others} visits on the old release, {still} on {version}",
    )


def one_page_says_what_was_done(pages: Sequence[Page], *, hook: str, version: str) -> Finding:
    """The machine first, the human after: the page tells of an act that was verified, not of one that is due."""
    claim = "one page went out after that, and says what the machine did"
    opened = [page for page in pages if page.transition == "open"]
    if len(opened) != 1:
        return Finding(claim, False, f"{len(opened)} pages about it arrived")
    text = f"{opened[0].title}\n{opened[0].body}"
    words = [version, "sells less", f"Leadline ran hook {hook}, verified at"]
    missing = [word for word in words if word not in text]
    return Finding(claim, not missing, f"“{opened[0].title}”" + (f"; missing: {', '.join(missing)}" if missing else ""))


def the_budget_of_errors_is_untouched(budgets: Sequence[Mapping[str, Any]]) -> Finding:
    """Why sales are judged at all: what watches errors would have let it through."""
    claim = "the error budget is hardly touched: no alert on errors would have stopped it"
    left = [one["left_ratio"] for one in budgets if one["left_ratio"] is not None]
    holds = bool(left) and min(left) > UNTOUCHED
    return Finding(claim, holds, ", ".join(f"{ratio:.0%} is left" for ratio in left) or "nothing is known yet")
