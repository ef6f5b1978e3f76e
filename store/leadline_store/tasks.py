"""The regular tasks of the service: one line per task."""

from leadline_store.periodic import Task
from leadline_store.retention import RETENTION
from leadline_store.rollup_upkeep import ROLLING_UP

TASKS: tuple[Task, ...] = (ROLLING_UP, RETENTION)
