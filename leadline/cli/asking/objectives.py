"""Error budgets and alerts, from this home's store service."""

from __future__ import annotations

from leadline.cli.asking.store import ask_store
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings
from leadline.settings.objectives import read_objectives
from leadline.storeclient import questions
from leadline.storeclient.objectives import ObjectiveAnswer, ObjectiveAsked, ObjectivesAsked

__all__ = ["ask_objectives"]


def ask_objectives(settings: Settings, *, app: str | None) -> list[ObjectiveAnswer]:
    """In the order of the file. ConfigurationError for an unknown app."""
    names = [one.name for one in settings.apps]
    if app is not None and app not in names:
        raise ConfigurationError(f"no app is named {app!r}", hint=f"known: {', '.join(names) or 'none'}")
    slos = [one for one in settings.slos if app in (None, one.app)]
    if not slos:
        return []
    at = now()
    asked = ObjectivesAsked(objectives=[ObjectiveAsked(**fields) for fields in read_objectives(slos, at)], at=at)
    return ask_store(settings, lambda client: client.ask(questions.OBJECTIVES, asked))
