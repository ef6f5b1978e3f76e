"""Exports and imports the documented tables as folders of Parquet, `table=page_views/day=2026-11-27/*.parquet`.

An import is validated before anything of it is loaded, and loads each day in one transaction behind a gate, so it may
be killed and run again: an existing row changes nothing. It writes only the store: nobody is paged.
"""

from leadline.store.interchange.checks import RowProblem, check_file
from leadline.store.interchange.exports import export_day, list_days
from leadline.store.interchange.folder import Found, FoundFile, find_files
from leadline.store.interchange.imports import import_day
from leadline.store.interchange.tables import TABLES

__all__ = [
    "TABLES",
    "Found",
    "FoundFile",
    "RowProblem",
    "check_file",
    "export_day",
    "find_files",
    "import_day",
    "list_days",
]
