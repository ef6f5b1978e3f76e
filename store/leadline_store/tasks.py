"""What the service does by itself: one line a task."""

from leadline_store.periodic import Task
from leadline_store.retention import RETENTION
from leadline_store.rolling import ROLLING_UP

TASKS: tuple[Task, ...] = (ROLLING_UP, RETENTION)
