"""The records: results, incidents, the outbox, deployments and ledgers, in one small transactional database.

SQLAlchemy and Alembic live here and nowhere else. docs/records.md tells operators of the tables.
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
