"""When a page that failed is tried again, and when nobody needs it any more. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["is_given_up", "next_attempt"]

# 1, 2, 4 ... 60 s: a receiver that restarts is back in seconds; one that is down for hours costs a request a minute.
_FIRST_S, _LAST_S = 1.0, 60.0
_SPREAD = 0.2
# A receiver may ask for more (Retry-After), but can't delay a page for longer than this.
_LONGEST_ASKED_S = 600.0
# A page is useful during its incident and for a day after it: until somebody is back at work.
_AFTERLIFE = timedelta(hours=24)
# By backoff half an hour, and a day has some 1,400.
_LEAST_ATTEMPTS = 30


def next_attempt(attempts: int, now: datetime, *, jitter_ratio: float, retry_after_s: float | None = None) -> datetime:
    """When to try again after `attempts` failures. `jitter_ratio` in [-1, 1] moves the pause by up to a fifth, so that
    targets behind one dead network don't come back in step."""
    pause_s = min(_LAST_S, _FIRST_S * 2 ** min(max(attempts, 1) - 1, 10))
    spread_s = pause_s * (1 + _SPREAD * max(-1.0, min(1.0, jitter_ratio)))
    return now + timedelta(seconds=max(spread_s, min(retry_after_s or 0.0, _LONGEST_ASKED_S)))


def is_given_up(resolved_at: datetime | None, now: datetime, *, attempts: int) -> bool:
    """Whether an incident has been over for so long that its pages are not tried again. The clock alone does not
    decide: one that runs a day ahead for some seconds loses no page, because few attempts fit into them."""
    return resolved_at is not None and now - resolved_at >= _AFTERLIFE and attempts >= _LEAST_ATTEMPTS
