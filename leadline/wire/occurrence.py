"""When something occurred: the browser's clock, corrected by the server's if it is clearly wrong (docs/beacon.md).

`occurred_at = started_at + at_ms`, moved by `received_at - sent_at` if its size exceeds 2 min (for a beacon prepared
ahead only below -2 min or above 24 h, because it is sent long after it was written), and never after `received_at`.
"""

from __future__ import annotations

# Network and queueing explain seconds, a wrong clock minutes: below this the browser is believed.
TOLERATED_SKEW_MS = 2 * 60 * 1000
# A deferred beacon may wait in the browser as long as its page is open; up to a day is accepted.
LATENESS_LIMIT_MS = 24 * 60 * 60 * 1000


def shift_ms(*, received_at_ms: float, sent_at_ms: float | None, is_deferred: bool) -> float:
    """The correction of the browser's times; 0 if its clock is trusted or it sent no time."""
    if sent_at_ms is None:
        return 0.0
    skew = received_at_ms - sent_at_ms
    if is_deferred:
        return skew if skew < -TOLERATED_SKEW_MS or skew > LATENESS_LIMIT_MS else 0.0
    return skew if abs(skew) > TOLERATED_SKEW_MS else 0.0


def occurred_at_ms(
    *, received_at_ms: float, started_at_ms: float | None, sent_at_ms: float | None, at_ms: float, is_deferred: bool
) -> float:
    """When an item `at_ms` after the view's start occurred, ms since the epoch by the server's clock."""
    if started_at_ms is None:
        return received_at_ms
    shift = shift_ms(received_at_ms=received_at_ms, sent_at_ms=sent_at_ms, is_deferred=is_deferred)
    return min(started_at_ms + at_ms + shift, received_at_ms)
