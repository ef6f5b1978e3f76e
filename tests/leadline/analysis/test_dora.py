"""The four delivery figures on a week of deployments, and what is left open where there is nothing to count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadline.analysis.dora import HOW, DeliveryFigures, Deployed, Failure, measure_delivery

START = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)


def deployed(version: str, *, after: timedelta, lead: timedelta | None = None) -> Deployed:
    at = START + after
    return Deployed(service_version=version, deployed_at=at, committed_at=at - lead if lead else None)


def failure(version: str, *, after: timedelta, lasted: timedelta | None) -> Failure:
    at = START + after
    return Failure(service_version=version, began_at=at, ended_at=at + lasted if lasted is not None else None)


def measure(deployments: list[Deployed], failures: list[Failure]) -> DeliveryFigures:
    return measure_delivery(deployments, failures, since=START, until=START + WEEK)


def test_a_week_of_four_deployments() -> None:
    found = measure(
        [
            deployed("1", after=HOUR, lead=2 * HOUR),
            deployed("2", after=30 * HOUR, lead=6 * HOUR),
            deployed("3", after=60 * HOUR, lead=4 * HOUR),
            deployed("4", after=90 * HOUR),
        ],
        [failure("2", after=31 * HOUR, lasted=HOUR), failure("3", after=61 * HOUR, lasted=3 * HOUR)],
    )
    assert found.deployments_per_day == pytest.approx(4 / 7)
    assert (found.lead_time_s, found.n_lead_times) == (4 * 3600, 3)
    assert (found.change_failure_ratio, found.n_failed_deployments) == (0.5, 2)
    assert (found.recovery_time_s, found.n_recoveries) == (2 * 3600, 2)


def test_nothing_to_count_is_unknown_and_not_zero() -> None:
    found = measure([], [failure("1", after=HOUR, lasted=HOUR)])
    assert (found.deployments_per_day, found.lead_time_s, found.change_failure_ratio, found.recovery_time_s) == (
        None,
        None,
        None,
        None,
    )


def test_a_failure_is_blamed_on_its_own_version_within_a_day_only() -> None:
    one = [deployed("1", after=HOUR)]
    for blameless in (
        failure("2", after=2 * HOUR, lasted=HOUR),
        failure("1", after=26 * HOUR, lasted=HOUR),
        failure("1", after=timedelta(0), lasted=HOUR),
    ):
        assert measure(one, [blameless]).change_failure_ratio == 0.0


def test_a_failure_that_goes_on_has_failed_and_has_not_recovered() -> None:
    found = measure([deployed("1", after=HOUR)], [failure("1", after=2 * HOUR, lasted=None)])
    assert (found.change_failure_ratio, found.recovery_time_s) == (1.0, None)


def test_a_commit_after_its_deployment_is_left_out() -> None:
    odd = Deployed(service_version="1", deployed_at=START, committed_at=START + HOUR)
    assert measure([odd], []).n_lead_times == 0


def test_what_lies_outside_of_the_window_is_left_out() -> None:
    assert measure([deployed("1", after=-HOUR), deployed("2", after=WEEK)], []).deployments == 0


def test_each_figure_says_how_it_is_counted() -> None:
    assert set(HOW) <= set(DeliveryFigures.__dataclass_fields__)
