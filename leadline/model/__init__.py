"""The nouns: frozen, typed, without I/O. One noun, one file; import from here."""

from leadline.model.actions import Action, ActionCause, ActionState
from leadline.model.deployments import COMMIT_AHEAD, Deployment
from leadline.model.flags import FlagAction, FlagChange
from leadline.model.incidents import (
    Finding,
    Incident,
    IncidentKind,
    IncidentState,
    MonitorKind,
    Place,
    Severity,
    Subject,
    SubjectKind,
    TransitionKind,
)
from leadline.model.monitors import CheckSpec, Cohort, JourneySpec
from leadline.model.moves import Move, MoveWay
from leadline.model.notifications import Level, Notification, NotificationState, OwedKind, Receipt, Target
from leadline.model.runs import (
    Cause,
    Evidence,
    Kpi,
    RunContext,
    RunFinding,
    RunResult,
    RunSource,
    RunStatus,
    RunTiming,
    StartedRun,
    StepResult,
    StepStatus,
)
from leadline.model.verdicts import RecordedVerdict, Verdict

__all__ = [
    "COMMIT_AHEAD",
    "Action",
    "ActionCause",
    "ActionState",
    "Cause",
    "CheckSpec",
    "Cohort",
    "Deployment",
    "Evidence",
    "Finding",
    "FlagAction",
    "FlagChange",
    "Incident",
    "IncidentKind",
    "IncidentState",
    "JourneySpec",
    "Kpi",
    "Level",
    "MonitorKind",
    "Move",
    "MoveWay",
    "Notification",
    "NotificationState",
    "OwedKind",
    "Place",
    "Receipt",
    "RecordedVerdict",
    "RunContext",
    "RunFinding",
    "RunResult",
    "RunSource",
    "RunStatus",
    "RunTiming",
    "Severity",
    "StartedRun",
    "StepResult",
    "StepStatus",
    "Subject",
    "SubjectKind",
    "Target",
    "TransitionKind",
    "Verdict",
]
