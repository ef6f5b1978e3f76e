"""The steps before a beacon is acknowledged, in order. A new step is one small function in this list.

A step returns None to go on, or why the beacon is dropped. The loader does what can wait until later (browser,
device, country by database, de-duplication).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.wire import Dropped
from leadline_collector.intake.arrival import Arrival
from leadline_collector.steps.appending import append
from leadline_collector.steps.authentication import authenticate
from leadline_collector.steps.limits import limit
from leadline_collector.steps.marking import mark
from leadline_collector.steps.origins import check_origin
from leadline_collector.steps.parsing import parse
from leadline_collector.steps.privacy import clean

Step = Callable[[Arrival], Dropped | None]

STEPS: tuple[Step, ...] = (parse, authenticate, check_origin, limit, clean, mark, append)
# An adapter has made the beacon already.
STEPS_AFTER_PARSING = STEPS[1:]


def run_steps(arrival: Arrival, steps: Sequence[Step] = STEPS) -> Dropped | None:
    """None once the beacon is handed to the log (await `arrival.committed`), or why it is dropped."""
    for step in steps:
        dropped = step(arrival)
        if dropped is not None:
            return dropped
    return None
