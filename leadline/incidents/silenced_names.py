"""Whether a silence matches any journey or check. A misspelt one would mute nothing, and the person would be paged."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from leadline.model import MonitorKind

__all__ = ["MonitorName", "refuse_silence"]

MonitorName = tuple[str, str, str]
# Names in an error: as many as a person compares at a glance.
_MOST_NAMED = 10


def refuse_silence(
    known: Collection[MonitorName], *, app: str | None, monitor: MonitorKind | None, name: str | None
) -> str | None:
    """What is wrong with the name, with the nearest known one; None if it matches. `known`: kind, app and name of each
    journey and check. Before any journey has run, its name can't be judged."""
    if name is None:
        return None
    of_kind = [one for one in known if monitor in (None, one[0])]
    if monitor != "check" and not any(kind == "journey" for kind, _, _ in of_kind):
        return None
    names = sorted({one[2] for one in of_kind if app in (None, one[1])})
    if name in names:
        return None
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names[:_MOST_NAMED]) or 'none'}"
    return f"no {monitor or 'journey or check'} named {name!r}{f' in {app}' if app else ''}; {hint}"
