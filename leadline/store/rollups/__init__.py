"""Sums of experience by minute, hour, day, version, session group and one dimension at a time.

`Roller` keeps them up to date in passes, folds them and can rebuild them. Why they are appended as differences, and why
a rebuild gives the same result: docs/decisions/0014-rollups.md.
"""

from leadline.store.rollups.journeys import roll_steps
from leadline.store.rollups.passes import Rolled, Roller
from leadline.store.rollups.rebuild import rebuild

__all__ = ["Rolled", "Roller", "rebuild", "roll_steps"]
