"""The nouns: frozen, typed, without I/O. One noun, one file; import from here."""

from leadline.model.deployments import COMMIT_AHEAD, Deployment
from leadline.model.incidents import FailingCohort, Incident, IncidentState, MonitorKind, Severity, TransitionKind
from leadline.model.monitors import CheckSpec, Cohort, JourneySpec
from leadline.model.notifications import Notification, NotificationState, Receipt, Target
from leadline.model.runs import (
    Cause,
    Evidence,
    Finding,
    Kpi,
    RunResult,
    RunSource,
    RunStatus,
    RunTiming,
    StepResult,
    StepStatus,
)

__all__ = [
    "COMMIT_AHEAD",
    "Cause",
    "CheckSpec",
    "Cohort",
    "Deployment",
    "Evidence",
    "FailingCohort",
    "Finding",
    "Incident",
    "IncidentState",
    "JourneySpec",
    "Kpi",
    "MonitorKind",
    "Notification",
    "NotificationState",
    "Receipt",
    "RunResult",
    "RunSource",
    "RunStatus",
    "RunTiming",
    "Severity",
    "StepResult",
    "StepStatus",
    "Target",
    "TransitionKind",
]
