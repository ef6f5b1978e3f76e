"""What was experienced, added up by minute, hour, day, version, session group and one dimension at a time.

`Roller` keeps it up to date in passes, folds it and can build it anew. Why it is appended as differences, and what
makes a rebuild come to the same: docs/decisions/0014-rollups.md.
"""

from leadline.store.rollups.journeys import roll_steps
from leadline.store.rollups.passes import Rolled, Roller
from leadline.store.rollups.rebuild import rebuild

__all__ = ["Rolled", "Roller", "rebuild", "roll_steps"]
