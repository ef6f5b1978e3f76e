"""What opens, changes and resolves an incident, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.incidents import Judgement, MonitorMemory, judge_run
from leadline.incidents.run_findings import remember_failure
from leadline.model import Incident, IncidentState, RunResult, RunSource, RunStatus, TransitionKind

Run = Callable[..., RunResult]
NOON = datetime(2026, 11, 24, 14, 2, 5, tzinfo=UTC)


class Remembering:
    """Judges results one after the other and remembers what the records would."""

    def __init__(self, *, confirm: int = 2) -> None:
        self.confirm = confirm
        self.incident: Incident | None = None
        self.failures: dict[tuple[str | None, str], tuple[RunResult, ...]] = {}
        self.now = NOON
        self.opened = 0

    def see(self, result: RunResult) -> Judgement:
        self.now += timedelta(minutes=1)
        place = (result.cohort, result.location)
        chain = self.failures.get(place, ())
        memory = MonitorMemory(self.incident, tuple(remember_failure(one) for one in chain))
        judgement = judge_run(
            memory,
            result,
            confirm=self.confirm,
            severity="critical",
            now=self.now,
            new_incident_id=f"incident-{self.opened}",
        )
        if result.source is RunSource.PROBE:
            if result.status is RunStatus.FAILED:
                self.failures[place] = (*chain, result)
            elif result.status in (RunStatus.PASSED, RunStatus.DEGRADED):
                self.failures[place] = ()
        self.opened += judgement.transition is TransitionKind.OPEN
        incident = judgement.incident
        self.incident = None if incident is None or incident.state is IncidentState.RESOLVED else incident
        return judgement


def test_one_failed_run_asks_for_a_re_run_and_opens_nothing(run: Run) -> None:
    judgement = Remembering().see(run("a", RunStatus.FAILED))
    assert judgement == Judgement(None, None, needs_confirmation=True)


def test_a_re_run_that_fails_too_opens_one_incident(run: Run) -> None:
    judge = Remembering()
    judge.see(run("a", RunStatus.FAILED))
    opened = judge.see(run("b", RunStatus.FAILED, confirms_run_id="a"))
    assert opened.transition is TransitionKind.OPEN
    assert opened.incident is not None
    assert not opened.needs_confirmation
    [place] = opened.incident.findings
    assert (place.run_id, place.confirmed_by, place.cohort, place.step) == ("a", ("b",), "canary", "pay")
    assert (opened.incident.since, opened.incident.service_version) == (NOON, "1.5.0")
    assert [file.path for file in place.evidence] == ["2026-11-24/b/screenshot.png", "2026-11-24/a/screenshot.png"]


def test_a_re_run_that_passes_opens_nothing_and_the_count_begins_anew(run: Run) -> None:
    judge = Remembering()
    judge.see(run("a", RunStatus.FAILED))
    assert judge.see(run("b", RunStatus.PASSED)) == Judgement(None, None, needs_confirmation=False)
    assert judge.see(run("c", RunStatus.FAILED)).needs_confirmation


@pytest.mark.parametrize("status", [RunStatus.ABORTED, RunStatus.SKIPPED])
def test_a_run_that_did_not_judge_the_site_neither_confirms_nor_refutes(run: Run, status: RunStatus) -> None:
    judge = Remembering()
    judge.see(run("a", RunStatus.FAILED))
    assert judge.see(run("b", status)) == Judgement(None, None, needs_confirmation=True)
    assert judge.see(run("c", RunStatus.FAILED)).transition is TransitionKind.OPEN


@pytest.mark.parametrize("status", [RunStatus.ABORTED, RunStatus.SKIPPED])
def test_a_run_that_did_not_judge_the_site_resolves_nothing(run: Run, status: RunStatus) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED))
    assert judge.see(run("b", status)).transition is None
    assert judge.incident is not None


def test_two_cohorts_that_fail_once_each_confirm_nothing(run: Run) -> None:
    judge = Remembering()
    judge.see(run("a", RunStatus.FAILED, cohort="canary"))
    assert judge.see(run("b", RunStatus.FAILED, cohort="baseline")).transition is None


def test_a_second_cohort_that_fails_is_a_change_of_the_same_incident(run: Run) -> None:
    judge = Remembering(confirm=1)
    first = judge.see(run("a", RunStatus.FAILED, cohort="canary"))
    second = judge.see(run("b", RunStatus.FAILED, cohort="baseline"))
    assert second.transition is TransitionKind.CHANGE
    assert first.incident is not None
    assert second.incident is not None
    assert second.incident.incident_id == first.incident.incident_id
    assert [one.cohort for one in second.incident.findings] == ["canary", "baseline"]


def test_an_incident_resolves_when_the_last_of_its_cohorts_passes(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED, cohort="canary"))
    judge.see(run("b", RunStatus.FAILED, cohort="baseline"))
    assert judge.see(run("c", RunStatus.PASSED, cohort="canary")).transition is TransitionKind.CHANGE
    resolved = judge.see(run("d", RunStatus.DEGRADED, cohort="baseline"))
    assert resolved.transition is TransitionKind.RESOLVE
    assert resolved.incident is not None
    assert (resolved.incident.state, resolved.incident.resolved_at) == (IncidentState.RESOLVED, judge.now)
    assert [(one.cohort, one.healed_run_id) for one in resolved.incident.healed] == [("canary", "c"), ("baseline", "d")]


def test_a_cohort_that_flaps_within_an_incident_is_listed_once(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED, cohort="baseline"))
    for number in range(3):
        judge.see(run(f"b{number}", RunStatus.FAILED, cohort="canary"))
        judge.see(run(f"c{number}", RunStatus.PASSED, cohort="canary"))
    assert judge.incident is not None
    assert [(one.cohort, one.run_id, one.healed_run_id) for one in judge.incident.healed] == [("canary", "b2", "c2")]


def test_an_incident_does_not_carry_megabytes_of_error_along(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED, error_message="x" * 1_000_000))
    assert judge.incident is not None
    assert len(judge.incident.findings[0].error_message or "") == 4_000


def test_another_location_of_the_same_cohort_must_pass_by_itself(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED, location="paris"))
    assert judge.see(run("b", RunStatus.PASSED, location="oslo")).transition is None
    assert judge.see(run("c", RunStatus.PASSED, location="paris")).transition is TransitionKind.RESOLVE


def test_an_acknowledged_incident_resolves_like_an_open_one(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED))
    assert judge.incident is not None
    judge.incident = replace(judge.incident, state=IncidentState.ACKNOWLEDGED)
    assert judge.see(run("b", RunStatus.PASSED)).transition is TransitionKind.RESOLVE


@pytest.mark.parametrize("source", [RunSource.CI, RunSource.ADHOC])
def test_a_run_that_somebody_else_asked_for_opens_nothing(run: Run, source: RunSource) -> None:
    assert Remembering(confirm=1).see(run("a", RunStatus.FAILED, source=source)) == Judgement(None, None, False)


_results = st.lists(
    st.tuples(
        st.sampled_from(list(RunStatus)),
        st.sampled_from([None, "baseline", "canary"]),
        st.sampled_from(["local", "oslo"]),
    ),
    max_size=60,
)


@given(results=_results, confirm=st.integers(1, 4))
def test_any_sequence_opens_and_resolves_in_turn_and_never_from_a_run_that_did_not_judge(
    results: list[tuple[RunStatus, str | None, str]], confirm: int
) -> None:
    judge = Remembering(confirm=confirm)
    is_open = False
    for number, (status, cohort, location) in enumerate(results):
        result = RunResult(
            run_id=f"run-{number}",
            monitor="check",
            name="api",
            app="shop",
            status=status,
            started_at=judge.now,
            finished_at=judge.now,
            duration_ms=1.0,
            cohort=cohort,
            location=location,
        )
        judgement = judge.see(result)
        match judgement.transition:
            case TransitionKind.OPEN:
                assert not is_open
                assert status is RunStatus.FAILED
                is_open = True
            case TransitionKind.RESOLVE:
                assert is_open
                assert status in (RunStatus.PASSED, RunStatus.DEGRADED)
                is_open = False
            case TransitionKind.CHANGE:
                assert is_open
                assert status not in (RunStatus.ABORTED, RunStatus.SKIPPED)
            case transition:
                assert transition is None
        assert is_open == (judge.incident is not None)
        if judge.incident is not None:
            places = [(one.cohort, one.location) for one in judge.incident.findings]
            assert places
            assert len(places) == len(set(places))
            assert all(len(one.confirmed_by) == confirm - 1 for one in judge.incident.findings)


def test_another_step_that_fails_is_news_once_and_the_same_step_again_is_not(run: Run) -> None:
    judge = Remembering(confirm=1)
    judge.see(run("a", RunStatus.FAILED, failed_step="pay"))
    worse = judge.see(run("b", RunStatus.FAILED, failed_step="home"))
    assert (worse.transition, worse.is_news) == (TransitionKind.CHANGE, True)
    assert worse.incident is not None
    [finding] = worse.incident.findings
    assert (finding.step, finding.earlier_steps, finding.run_id) == ("home", ("pay",), "a")
    assert judge.see(run("c", RunStatus.FAILED, failed_step="pay")).transition is None
    assert judge.see(run("d", RunStatus.FAILED, failed_step="home")).transition is None
