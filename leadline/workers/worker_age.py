"""When a working worker is replaced anyway: browsers grow, and journeys import anything."""

from __future__ import annotations

from dataclasses import dataclass

# Measured over 300 runs of one headless-shell: no growth after run 100; so these are a policy, not a repair. Replacing
# a worker costs about 1 s of CPU, 0.4 % of 500 runs.
MOST_RUNS = 500
MOST_AGE_S = 6 * 3600.0
# Memory is compared with that after the tenth run, when caches are warm; it plateaus at 1.25 times that.
SETTLED_AFTER_RUNS = 10
MOST_GROWTH = 1.5


@dataclass(slots=True)
class WorkerAge:
    """The history of one worker."""

    started_s: float
    runs: int = 0
    settled_bytes: int = 0

    def wants_memory(self) -> bool:
        """Whether to measure memory now: it reads every process of the machine, so only each tenth run."""
        return self.runs > 0 and self.runs % SETTLED_AFTER_RUNS == 0

    def is_due(self, *, now_s: float, memory_bytes: int = 0) -> bool:
        """Whether this worker should be replaced. `memory_bytes` 0 means not measured."""
        if self.runs == SETTLED_AFTER_RUNS:
            self.settled_bytes = memory_bytes
        has_grown = self.settled_bytes > 0 and memory_bytes > MOST_GROWTH * self.settled_bytes
        return self.runs >= MOST_RUNS or now_s - self.started_s >= MOST_AGE_S or has_grown
