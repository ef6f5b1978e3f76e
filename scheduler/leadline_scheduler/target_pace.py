"""When a target gets its next message, and whether that message includes everything.

A target that asked for a pause (Retry-After) gets nothing until it is over. One that is sent more openings than
`storm_limit` within ten seconds gets messages with a count in place of the rest: half of them at once, and the others
spread over the ten seconds, so that what breaks last waits no longer than what breaks first. Kept in memory: it says
when, and the outbox what.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from leadline.model import Receipt, TransitionKind
from leadline.records import Claimed

DEFAULT_STORM_LIMIT = 10
WINDOW_S = 10.0
# A receiver may ask for more, but can't delay pages for longer than this.
LONGEST_PAUSE_S = 600.0


class Pacing:
    """`storm_limit` may change at any time. Asked on the records' thread, told on the event loop."""

    def __init__(self, storm_limit: int) -> None:
        self.storm_limit = storm_limit
        self._openings: defaultdict[str, deque[float]] = defaultdict(deque)
        self._held_until_s: dict[str, float] = {}

    def note(self, claimed: Claimed, receipt: Receipt, *, now_s: float) -> None:
        """Notes the result of an attempt at a target."""
        target = claimed.notification.target
        if receipt.is_accepted:
            if claimed.transition is TransitionKind.OPEN:
                self._openings[target].append(now_s)
        elif receipt.retry_after_s:
            self._held_until_s[target] = now_s + min(receipt.retry_after_s, LONGEST_PAUSE_S)

    def held(self, waiting: Mapping[str, int], *, now_s: float) -> tuple[str, ...]:
        """Targets that get nothing now: they asked for a pause, or have reached their limit of openings."""
        self._held_until_s = {name: until_s for name, until_s in self._held_until_s.items() if until_s > now_s}
        stormy = self.in_storm(waiting, now_s=now_s)
        full = (name for name in list(self._openings) if self._has_had_its_share(name, name in stormy, now_s=now_s))
        return (*self._held_until_s, *full)

    def in_storm(self, waiting: Mapping[str, int], *, now_s: float) -> tuple[str, ...]:
        """Targets with so many waiting openings that the next message includes all."""
        return tuple(
            name for name, count in waiting.items() if count + self._recent(name, now_s=now_s) > self.storm_limit
        )

    def _has_had_its_share(self, target: str, is_in_storm: bool, *, now_s: float) -> bool:
        recent = self._recent(target, now_s=now_s)
        at_once = max(1, self.storm_limit // 2)
        if recent >= self.storm_limit or not is_in_storm or recent < at_once:
            return recent >= self.storm_limit
        return now_s - self._openings[target][-1] < WINDOW_S / max(1, self.storm_limit - at_once)

    def _recent(self, target: str, *, now_s: float) -> int:
        times = self._openings[target]
        while times and times[0] <= now_s - WINDOW_S:
            times.popleft()
        return len(times)


def name_message(claimed: Claimed) -> str:
    """The key that all attempts at one message share. A message that includes more than before is a new one."""
    key = claimed.notification.idempotency_key
    return f"{key}/and-{len(claimed.others)}" if claimed.others else key
