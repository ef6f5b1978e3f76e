"""A deployment: a version put somewhere at a time. Marking one registers the version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    deployment_id: str
    app: str
    environment: str
    service_version: str
    cohort: str | None
    commit: str | None
    deployed_at: datetime
    marked_by: str
