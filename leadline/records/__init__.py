"""The records: results, incidents, the outbox, deployments and ledgers, in one small transactional database.

Only this package uses SQLAlchemy and Alembic. docs/records.md describes the tables for operators.
"""

from leadline.records.nouns import Change, Claimed, KeptCleanup, LastResult, Silence, Transition, Waiting
from leadline.records.records import Records

__all__ = [
    "Change",
    "Claimed",
    "KeptCleanup",
    "LastResult",
    "Records",
    "Silence",
    "Transition",
    "Waiting",
]
