"""A deployment: a version put somewhere at a time. Marking one registers the version.

`committed_at` is the time of the commit it was built from; the lead time of changes counts from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# The clock of the machine that made a commit may be ahead of ours by this much; a later time is an error.
COMMIT_AHEAD = timedelta(minutes=5)


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
    committed_at: datetime | None = None
