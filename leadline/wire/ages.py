"""Removes items from a beacon that are more than 24 h older than its arrival.

A tab that has been open for days can still report new items. Items removed from the front of a section were sent
before, when they were new: `from` counts them, and the store keeps the earlier ones.
"""

from __future__ import annotations

from typing import Literal

from leadline.wire.beacon import Beacon, From
from leadline.wire.drops import Dropped, DroppedField, DropReason
from leadline.wire.occurrence import LATENESS_LIMIT_MS, occurred_at_ms

_SECTIONS: tuple[Literal["errors", "events", "requests"], ...] = ("errors", "events", "requests")


def drop_too_old(beacon: Beacon, *, received_at_ms: float) -> list[DroppedField] | Dropped:
    """Removes old items from `beacon`, in place, and returns them; `Dropped` if all items are too old."""
    if beacon.started_at is None or _age_ms(beacon, 0, received_at_ms) <= LATENESS_LIMIT_MS:
        return []
    taken: list[DroppedField] = []
    is_any_young = False
    for name in _SECTIONS:
        is_any_young |= _drop_items(beacon, name, received_at_ms, taken)
    if not is_any_young:
        return Dropped(DropReason.TOO_OLD, "nothing in it happened within 24 h before it arrived", "started_at")
    if beacon.vitals is not None:  # they belong to the load, so they are as old as the view
        beacon.vitals = None
        taken.append(DroppedField("vitals", DropReason.TOO_OLD))
    return taken


def _drop_items(
    beacon: Beacon, name: Literal["errors", "events", "requests"], received_at_ms: float, taken: list[DroppedField]
) -> bool:
    """Whether the section still has items."""
    items = getattr(beacon, name)
    if items is None:
        return False
    young = []
    in_front = 0
    for index, item in enumerate(items):
        if _age_ms(beacon, item.at_ms, received_at_ms) <= LATENESS_LIMIT_MS:
            young.append(item)
            continue
        taken.append(DroppedField(f"{name}[{index}]", DropReason.TOO_OLD))
        in_front += not young
    if in_front:
        beacon.from_ = beacon.from_ or From()
        setattr(beacon.from_, name, getattr(beacon.from_, name) + in_front)
    setattr(beacon, name, young or None)
    return bool(young)


def _age_ms(beacon: Beacon, at_ms: float, received_at_ms: float) -> float:
    occurred = occurred_at_ms(
        received_at_ms=received_at_ms,
        started_at_ms=beacon.started_at,
        sent_at_ms=beacon.sent_at,
        at_ms=at_ms,
        is_deferred=beacon.deferred,
    )
    return received_at_ms - occurred
