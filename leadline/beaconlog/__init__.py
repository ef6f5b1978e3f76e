"""The beacon log: what is acknowledged is on disk. Bytes in, bytes out; bodies are never decoded here.

SQLite files in one folder, one writer each, named by time-ordered ids, sealed by size and age. It does not order
records across files, does not de-duplicate, and knows nothing of DuckDB: following it exactly once is the loader's.
"""

from leadline.beaconlog.files import LogFile
from leadline.beaconlog.pages import BadRecord, LogPage, LogRecord
from leadline.beaconlog.reader import LogReader
from leadline.beaconlog.writer import Commit, LogWriter

__all__ = ["BadRecord", "Commit", "LogFile", "LogPage", "LogReader", "LogRecord", "LogWriter"]
