"""The four figures of software delivery, from deployments, rollback verdicts and incidents.

Definitions: DORA, "DORA's software delivery metrics: the four keys" (dora.dev): deployment frequency, lead time for
changes, change failure rate, failed deployment recovery time. `how` says how each is counted here, because teams
compare numbers that were counted differently. Without anything to count, a figure is None, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

__all__ = ["HOW", "DeliveryFigures", "Deployed", "Failure", "measure_delivery"]

# An incident that opens this long after a deployment, in its version, is counted as caused by it.
BLAMED_WITHIN = timedelta(hours=24)

HOW = {
    "deployments_per_day": "deployments marked in the window, by its days",
    "lead_time_s": "median from the commit to its deployment, of those marked with --committed-at",
    "change_failure_ratio": "share of deployments whose version got a rollback verdict, or a critical incident that"
    " names it within 24 h of the deployment",
    "recovery_time_s": "median from the start to the end of those incidents and rollbacks that are over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One marked deployment. All times are aware."""

    service_version: str
    deployed_at: datetime
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A critical incident or a rollback verdict that names a version; `ended_at` is None while it goes on."""

    service_version: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFigures:
    """`n_…` are the numbers behind each figure."""

    deployments: int
    deployments_per_day: float | None
    lead_time_s: float | None
    n_lead_times: int
    change_failure_ratio: float | None
    n_failed_deployments: int
    recovery_time_s: float | None
    n_recoveries: int


def measure_delivery(
    deployments: Sequence[Deployed], failures: Sequence[Failure], *, since: datetime, until: datetime
) -> DeliveryFigures:
    """The four figures over [`since`, `until`). Raises ValueError for an empty window."""
    days = (until - since) / timedelta(days=1)
    if days <= 0:
        raise ValueError("the window must be longer than zero")
    inside = [one for one in deployments if since <= one.deployed_at < until]
    leads = [
        (one.deployed_at - one.committed_at).total_seconds()
        for one in inside
        if one.committed_at is not None and one.committed_at <= one.deployed_at
    ]
    blamed = {index: _blamed_failures(one, failures) for index, one in enumerate(inside)}
    failed = [index for index, found in blamed.items() if found]
    caused = {id(failure): failure for found in blamed.values() for failure in found}.values()
    recoveries = [(one.ended_at - one.began_at).total_seconds() for one in caused if one.ended_at is not None]
    return DeliveryFigures(
        deployments=len(inside),
        deployments_per_day=len(inside) / days if inside else None,
        lead_time_s=median(leads) if leads else None,
        n_lead_times=len(leads),
        change_failure_ratio=len(failed) / len(inside) if inside else None,
        n_failed_deployments=len(failed),
        recovery_time_s=median(recoveries) if recoveries else None,
        n_recoveries=len(recoveries),
    )


def _blamed_failures(deployed: Deployed, failures: Sequence[Failure]) -> list[Failure]:
    until = deployed.deployed_at + BLAMED_WITHIN
    return [
        failure
        for failure in failures
        if failure.service_version == deployed.service_version and deployed.deployed_at <= failure.began_at < until
    ]
