"""The incident of a stage that does not reach users, or does not reach them any more. Pure."""

from __future__ import annotations

from leadline.guard.exposure import fallen_back_at
from leadline.incidents import Observed
from leadline.model import Finding, Move, Subject


def find_stage_problem(move: Move, problem: str | None) -> tuple[Subject, Observed]:
    """`problem`: why users don't have it; None once they do, or once the release is taken back."""
    version = move.canary or "the new version"
    subject = Subject(kind="release", name=f"{version} (stages)", app=move.app, environment=move.environment)
    if problem is None:
        return subject, Observed()
    fallen_at, see = fallen_back_at(move), f"leadline release status --app {move.app} shows what is seen"
    found = Finding(
        since=fallen_at or move.asked_at,
        part="exposure",
        severity="warning",
        summary=f"does not reach {move.stage}"
        if fallen_at is None
        else f"does not have {move.stage} of users any more",
        service_version=move.canary,
        error_message=problem,
        remedy=f"{see}; release abort takes it back."
        if fallen_at is None
        else f"{see}. Set it to {move.stage} again, or end the release: leadline release abort --app {move.app}",
    )
    return subject, Observed(findings=(found,))
