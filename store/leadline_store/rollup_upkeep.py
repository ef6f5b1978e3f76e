"""Keeps the rollups up to date, in a separate thread: it uses loaded rows, and does not delay loading."""

from __future__ import annotations

from leadline.clock import monotonic_s
from leadline.store import GateLost, Store
from leadline.store.rollups import Roller, rebuild, roll_steps
from leadline.store.rollups.passes import SHARE_OF_TIME, SOONEST_S
from leadline.store.rollups.rebuild import needs_building
from leadline_store.periodic import Task, Work
from leadline_store.telling import Telling

# How often is looked whether a pass is due; what passes cost decides how often they are (leadline/store/rollups).
LOOK_EVERY_S = 1.0


class RollingUp:
    """One of a service. A store of an earlier version has no rollups yet: the first turn builds them."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self._roller: Roller | None = None
        self._steps_next_s = 0.0

    def run(self, work: Work) -> None:
        if self._roller is None or self._store is not work.store:
            if needs_building(work.store):
                rebuild(work.store, work.now, tell=Telling("building rollups"))
            self._store, self._roller = work.store, Roller(work.store)
        try:
            while self._roller.roll_if_due(work.now).is_behind:
                pass
            self._roll_steps(work)
        except GateLost:  # another pass was first: the next turn reads where it stands
            return

    def _roll_steps(self, work: Work) -> None:
        began_s = monotonic_s()
        if began_s >= self._steps_next_s and roll_steps(work.store, work.now):
            ended_s = monotonic_s()
            self._steps_next_s = ended_s + max(SOONEST_S, (ended_s - began_s) / SHARE_OF_TIME)


ROLLING_UP = Task("rolling up", LOOK_EVERY_S, RollingUp().run)
