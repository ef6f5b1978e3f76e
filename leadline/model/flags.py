"""A change of a flag: by a command, a hook, a release, or an edit of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["FlagAction", "FlagChange"]

FlagAction = Literal["configured", "defined", "set", "killed", "restored", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagChange:
    """Who changed what and why. `reach` says in words which users get `variant` from then on."""

    change_id: str
    changed_at: datetime
    app: str
    environment: str
    flag: str
    action: FlagAction
    variant: str
    reach: str
    changed_by: str
    reason: str
