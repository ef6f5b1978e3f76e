"""The store: DuckDB, fed with Arrow batches by one loader, asked by many readers.

Facts are appended behind a gate row in the same transaction, so a beacon is a row once whatever is killed; views take
the newest per section. It knows neither the beacon log nor the records: who composes them hands bytes and nouns over.
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
