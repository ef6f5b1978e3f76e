"""Made-up traffic, the same for the same seed: page views with five vitals written into a store as beacons.

Seven days with a daily rhythm, four versions one after another, three views a session, 200 routes; lognormal vitals;
half of the log variance is the session's; 1 view in 5 with a request, 1 in 50 with an error, 1 session in 20 buys.
Written by SQL in parts of a million, so that a hundred million take minutes and no memory.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from leadline.store import Store

PART_VIEWS = 1_000_000
LOG = "made-up"

_VIEWS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


def fill(store: Store, views: int, *, seed: int = 7) -> None:
    """Writes `views` page views, as if a loader had."""
    with closing(store.cursor()) as cursor:
        cursor.execute(
            "INSERT INTO facts.load_progress (file, upto, loaded_at) VALUES (?, 0, TIMESTAMP '2026-11-27')", [LOG]
        )
        for first in range(0, views, PART_VIEWS):
            at = {"first": first, "last": min(views, first + PART_VIEWS), "views": views, "seed": seed}
            cursor.execute("BEGIN")
            for statement in cursor.extract_statements(_VIEWS):
                cursor.execute(statement, at if "$" in statement.query else None)
            cursor.execute("COMMIT")
        cursor.execute("UPDATE facts.load_progress SET upto = ? WHERE file = ?", [views, LOG])
        cursor.execute("CHECKPOINT")
