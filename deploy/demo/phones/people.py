"""What each person with the app will do, drawn from a seed: the same seed gives the same people in order. Pure.

Who has the new release places an order less often, and that is all: as many errors, and as fast.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

BASELINE, CANARY = "1.9.0", "2.0.0"
# Far more than in a real shop, so that two minutes show what takes a real one a day.
ORDERING = {BASELINE: 0.6, CANARY: 0.15}
ERRING = 0.01
LCP_MS, SPREAD = 900.0, 0.3
# Each comes from a network of their own kind: 500 of the range that is kept for tests (RFC 2544).
NETWORKS = 500


@dataclass(frozen=True, slots=True)
class Person:
    """`luck` decides by the release that they get whether they order."""

    number: int
    address: str
    luck: float
    errs: bool
    lcp_ms: float

    def orders(self, version: str) -> bool:
        return self.luck < ORDERING[version]


def plan_people(seed: int) -> Iterator[Person]:
    """People without end."""
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        network = draw.randrange(NETWORKS)
        yield Person(
            number=number,
            address=f"198.{18 + network // 250}.{network % 250}.{draw.randrange(1, 255)}",
            luck=draw.random(),
            errs=draw.random() < ERRING,
            lcp_ms=round(LCP_MS * draw.lognormvariate(0, SPREAD), 1),
        )
