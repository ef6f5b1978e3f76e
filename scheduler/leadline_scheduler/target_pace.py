"""When a target gets its next message, and whether that message includes everything.

A target that asked for a pause (Retry-After) gets nothing until it is over. One that is sent more openings than
`storm_limit` within ten seconds gets messages with a count in place of the rest: half of them at once, and the others
spread over the ten seconds, so that what breaks last waits no longer than what breaks first. Ends are counted by
themselves, in the same way. Kept in memory: it says when, and the outbox what.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping

from leadline.model import Receipt, TransitionKind
from leadline.records import Claimed, EndPace

DEFAULT_STORM_LIMIT = 10
WINDOW_S = 10.0
# A receiver may ask for more, but can't delay pages for longer than this.
LONGEST_PAUSE_S = 600.0


class _Lane:
    """When each target was last sent messages of one kind."""

    def __init__(self) -> None:
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)

    def note(self, target: str, *, now_s: float) -> None:
        self._sent[target].append(now_s)

    def in_storm(self, waiting: Mapping[str, int], limit: int, *, now_s: float) -> tuple[str, ...]:
        """Targets with so many waiting messages that the next one includes all."""
        return tuple(name for name, count in waiting.items() if count + self._recent(name, now_s=now_s) > limit)

    def full(self, waiting: Mapping[str, int], limit: int, *, now_s: float) -> tuple[str, ...]:
        """Targets that get nothing of this kind now."""
        stormy = self.in_storm(waiting, limit, now_s=now_s)
        sent = list(self._sent)
        return tuple(name for name in sent if self._has_had_its_share(name, limit, name in stormy, now_s=now_s))

    def _has_had_its_share(self, target: str, limit: int, is_in_storm: bool, *, now_s: float) -> bool:
        recent = self._recent(target, now_s=now_s)
        at_once = max(1, limit // 2)
        if recent >= limit or not is_in_storm or recent < at_once:
            return recent >= limit
        return now_s - self._sent[target][-1] < WINDOW_S / max(1, limit - at_once)

    def _recent(self, target: str, *, now_s: float) -> int:
        times = self._sent[target]
        while times and times[0] <= now_s - WINDOW_S:
            times.popleft()
        return len(times)


class Pacing:
    """`storm_limit` may change at any time. Asked on the records' thread, told on the event loop."""

    def __init__(self, storm_limit: int) -> None:
        self.storm_limit = storm_limit
        self._openings, self._ends = _Lane(), _Lane()
        self._held_until_s: dict[str, float] = {}

    def note(self, claimed: Claimed, receipt: Receipt, *, now_s: float) -> None:
        """Notes the result of an attempt at a target."""
        target = claimed.notification.target
        if receipt.is_accepted:
            if claimed.transition is TransitionKind.OPEN:
                self._openings.note(target, now_s=now_s)
            elif claimed.transition is TransitionKind.RESOLVE:
                self._ends.note(target, now_s=now_s)
        elif receipt.retry_after_s:
            self._held_until_s[target] = now_s + min(receipt.retry_after_s, LONGEST_PAUSE_S)

    def held(self, waiting: Mapping[str, int], *, now_s: float) -> tuple[str, ...]:
        """Targets that get nothing now: they asked for a pause, or have reached their limit of openings."""
        self._held_until_s = {name: until_s for name, until_s in self._held_until_s.items() if until_s > now_s}
        return (*self._held_until_s, *self._openings.full(waiting, self.storm_limit, now_s=now_s))

    def in_storm(self, waiting: Mapping[str, int], *, now_s: float) -> tuple[str, ...]:
        """Targets with so many waiting openings that the next message includes all."""
        return self._openings.in_storm(waiting, self.storm_limit, now_s=now_s)

    def ends(self, waiting: Mapping[str, int], *, apart: Collection[str], now_s: float) -> EndPace:
        """How ends are sent now: they delay no opening. `apart`: targets that keep an alert for each message."""
        counted = {name: count for name, count in waiting.items() if name not in apart}
        storm = self._ends.in_storm(counted, self.storm_limit, now_s=now_s)
        full = self._ends.full(counted, self.storm_limit, now_s=now_s)
        held = tuple(name for name in full if name not in apart)
        return EndPace(limit=self.storm_limit, storm=storm, held=held, apart=apart)


def name_message(claimed: Claimed) -> str:
    """The key that all attempts at one message share. A message that includes more than before is a new one."""
    key = claimed.notification.idempotency_key
    return f"{key}/and-{len(claimed.others)}" if claimed.others else key
