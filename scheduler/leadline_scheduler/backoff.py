"""When a target that did not take a page is tried again, and when it is given up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadline.model import Incident

# 1, 2, 4 ... 60 s: a receiver that restarts is back in seconds, one that is down for hours costs a request a minute.
_FIRST_S, _LAST_S = 1.0, 60.0
# ± a fifth, so that targets behind one dead network do not come back in step.
_JITTER_RATIO = 0.2
# A receiver may ask for more (Retry-After), but not put a page off for longer than this.
_LONGEST_ASKED_S = 600.0
# How long a page is worth delivering once its incident is over: until somebody has come back to work.
AFTERLIFE = timedelta(hours=24)
# After so many refusals in a row (about half a minute) somebody is told, through another target.
ATTEMPTS_UNTIL_ESCALATION = 5


def pause_s(attempts: int, *, retry_after_s: float | None, jitter: float) -> float:
    """Seconds until the next attempt, after `attempts` of them. `jitter` is a random number in [0, 1)."""
    backoff_s = min(_LAST_S, _FIRST_S * 2.0 ** min(attempts - 1, 10))
    spread_s = backoff_s * (1 + _JITTER_RATIO * (2 * jitter - 1))
    return max(spread_s, min(retry_after_s or 0.0, _LONGEST_ASKED_S))


def is_worth_another(incident: Incident, now: datetime) -> bool:
    """Whether a page about `incident` still has a meaning: for its life, and a day after."""
    return incident.resolved_at is None or now - incident.resolved_at < AFTERLIFE
