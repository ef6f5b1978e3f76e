"""The records: results, incidents, the outbox, deployments and ledgers, in one small transactional database.

Only this package uses SQLAlchemy and Alembic. docs/records.md describes the tables for operators.
"""

from leadline.records.ended_together import EndPace
from leadline.records.nouns import (
    LONGEST_NOTE,
    Change,
    Claimed,
    KeptCleanup,
    LastResult,
    Note,
    Silence,
    Transition,
    Waiting,
)
from leadline.records.records import Records

__all__ = [
    "LONGEST_NOTE",
    "Change",
    "Claimed",
    "EndPace",
    "KeptCleanup",
    "LastResult",
    "Note",
    "Records",
    "Silence",
    "Transition",
    "Waiting",
]
