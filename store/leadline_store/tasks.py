"""What the service does by itself: one line a task."""

from leadline_store.periodic import Task
from leadline_store.retention import RETENTION
from leadline_store.rollup_upkeep import ROLLING_UP

TASKS: tuple[Task, ...] = (ROLLING_UP, RETENTION)
