"""What the store is asked about software delivery: DORA's four keys of one app over a window."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

__all__ = ["DeliveryAnswer", "DeliveryAsked"]


class DeliveryAsked(Struct, frozen=True, kw_only=True):
    app: str
    since: datetime
    until: datetime


class DeliveryAnswer(Struct, frozen=True, kw_only=True):
    """A figure is None where there is nothing to count. `how` says how each is counted, by its name."""

    app: str
    since: datetime
    until: datetime
    deployments: int
    deployments_per_day: float | None
    lead_time_s: float | None
    n_lead_times: int
    change_failure_ratio: float | None
    n_failed_deployments: int
    recovery_time_s: float | None
    n_recoveries: int
    how: dict[str, str]
