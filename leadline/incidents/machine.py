"""Sentences of a page on what Leadline or a person did about a release, or what it would have done. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.incidents.spans import write_clock
from leadline.model import Action, Incident, IncidentState

__all__ = ["is_rolled_back", "say_recovered", "say_release", "say_what_was_done"]

# An action of a person who killed the flag that exposes a release has no hook: it is named after the flag.
KILL = "kill "


def say_what_was_done(actions: Sequence[Action]) -> list[str]:
    """One sentence per action, oldest first."""
    return [_say(action) for action in sorted(actions, key=lambda one: (one.requested_at, one.action_id))]


def is_rolled_back(actions: Sequence[Action]) -> bool:
    """Whether a check showed that users get the old version or variant again."""
    return any(action.state == "verified" for action in actions)


def say_recovered(actions: Sequence[Action]) -> str | None:
    """The sentence on recovery, with its figures; None while it is not known."""
    back = [action for action in actions if action.recovered_at is not None]
    if not back:
        return None
    last = max(back, key=lambda one: (one.recovered_at or one.requested_at, one.action_id))
    return f"Recovered at {write_clock(last.recovered_at or last.requested_at)}: {last.recovery}."


def say_release(release: Incident) -> str:
    """What the page of a journey says about the release that it fails on."""
    name = release.subject.name
    if release.state is IncidentState.RESOLVED:
        return f"The incident of release {name} is over."
    return f"Release {name} {next((one.summary for one in release.findings if one.summary), 'is judged as bad')}."


def _say(action: Action) -> str:
    ran, runs = _ran(action)
    match action.state:
        case "would_have":
            return f"Nothing was done: {action.reason}. Leadline would have run hook {action.hook}."
        case "executing":
            tried = f" ({action.attempts} attempts so far: {action.detail})" if action.attempts else ""
            return f"{runs} now{tried}."
        case "executed":
            taken = f" at {write_clock(action.executed_at)}" if action.executed_at else ""
            if action.error:
                return f"{ran}{taken}; {action.error}."
            return f"{ran}{taken}; Leadline now checks whether users get the old version."
        case "verified":
            seen = f" at {write_clock(action.verified_at)}" if action.verified_at else ""
            return f"{ran}, verified{seen}: {action.evidence}."
        case "failed":
            by = f" by {action.requested_by}" if action.cause == "hand" else ""
            return f"Hook {action.hook}{by} FAILED: {action.error}."


def _ran(action: Action) -> tuple[str, str]:
    """Who did what: done, and under way."""
    who = action.requested_by if action.cause == "hand" else "Leadline"
    if action.cause == "hand" and action.hook.startswith(KILL):
        flag = action.hook.removeprefix(KILL)
        return f"{who} killed {flag}", f"{who} kills {flag}"
    return f"{who} ran hook {action.hook}", f"{who} runs hook {action.hook}"
