"""The beacon log: acknowledged beacons are on disk. Bytes in, bytes out; this package never decodes them.

SQLite files in one folder, one writer each, named by time-ordered ids, sealed by size and age. It does not order
records across files, does not de-duplicate, and does not use DuckDB: the loader follows it exactly once.
"""

from leadline.beaconlog.files import LogFile
from leadline.beaconlog.pages import BadRecord, LogPage, LogRecord
from leadline.beaconlog.reader import LogReader
from leadline.beaconlog.writer import Commit, LogWriter

__all__ = ["BadRecord", "Commit", "LogFile", "LogPage", "LogReader", "LogRecord", "LogWriter"]
