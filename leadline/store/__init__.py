"""The store: DuckDB, loaded with Arrow batches by one loader, read by many readers.

Facts are appended after a gate row in the same transaction, so a beacon becomes a row exactly once, even after kills;
views take the newest per section. It does not use the beacon log or the records: callers pass bytes and objects.
"""

from leadline.store.beacon_rows import BadBeacon
from leadline.store.countries import Countries, UnusableDatabase, open_database
from leadline.store.database import Store, open_store
from leadline.store.gate import GateLost
from leadline.store.loader import Loaded, Loader
from leadline.store.names import NAME_LIMITS, OTHER
from leadline.store.queries import ALLOWED_VIEWS, QueryAnswer, QueryLimits, run_query
from leadline.store.questions import ask

__all__ = [
    "ALLOWED_VIEWS",
    "NAME_LIMITS",
    "OTHER",
    "BadBeacon",
    "Countries",
    "GateLost",
    "Loaded",
    "Loader",
    "QueryAnswer",
    "QueryLimits",
    "Store",
    "UnusableDatabase",
    "ask",
    "open_database",
    "open_store",
    "run_query",
]
