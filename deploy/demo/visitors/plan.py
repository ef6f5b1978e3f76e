"""What each visitor will do, drawn from a seed: the same seed gives the same people in the same order. Pure."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator
from dataclasses import dataclass

PRODUCTS = ("storm-lantern", "lead-line", "harbour-chart", "brass-bell", "watch-cap", "enamel-mug")
# Far more buyers than a real shop has (2 to 3 of 100), so that a walk of two minutes has enough sales per version for
# the difference to be beyond chance. Changing these changes how long the walk has to look.
WANTS = {"bounce": 0.15, "look": 0.1, "buy": 0.75}
# One in three visits is from a phone; widths of a common phone and a common laptop.
PHONE_SHARE = 1 / 3
PHONE, LAPTOP = (390, 844), (1280, 800)


class Want(enum.StrEnum):
    """How far a visitor means to go."""

    BOUNCE = "bounce"
    LOOK = "look"
    BUY = "buy"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor: what they want, which product they look at, and on what."""

    number: int
    want: Want
    product: str
    viewport: tuple[int, int]
    pause_s: float


def plan_visits(seed: int) -> Iterator[Visit]:
    """Visits without end."""
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        want = draw.choices(list(WANTS), weights=list(WANTS.values()))[0]
        yield Visit(
            number=number,
            want=Want(want),
            product=draw.choice(PRODUCTS),
            viewport=PHONE if draw.random() < PHONE_SHARE else LAPTOP,
            pause_s=round(draw.uniform(0.5, 1.5), 3),
        )
