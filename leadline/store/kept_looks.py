"""Continues reading where the last look at the same arms ended; reads again if that data has changed since."""

from __future__ import annotations

from leadline.store.arms import at_minute
from leadline.store.database import Store
from leadline.store.interchange.imports import IMPORT_LOG
from leadline.store.kept_parts import Arrived, Key
from leadline.store.parts import Part, join
from leadline.store.session_blocks import Reading

__all__ = ["read_on"]


def read_on(store: Store, reading: Reading) -> Part:
    """The same result as one reading of all minutes; kept for the next look."""
    key = _key(reading)
    found = store.kept_parts.find(key)
    if found is not None and found[0].until > reading.until:
        return reading.whole()  # a look back: the next one goes on from where the last one was
    before, now = _arrived(reading, reading.since - 1 if found is None else found[0].until)
    if found is not None and found[1] != before:
        store.kept_parts.forget_seen(reading.arms.app)
        found = None
    if found is None:
        part = reading.whole()
    elif found[0].until == reading.until:
        return found[0]
    else:
        part = join(found[0], reading.after(found[0]))
    store.kept_parts.keep(key, part, now)
    return part


def _key(reading: Reading) -> Key:
    read = tuple((rule.name, rule.kind, rule.of, rule.within_s) for rule in reading.rules.metrics)
    arms = reading.arms
    return (arms.app, arms.canary, arms.baseline, reading.since, reading.rules.segments, reading.is_drilled, read)


def _arrived(reading: Reading, minute: int) -> tuple[Arrived, Arrived]:
    """What had arrived until the end of that minute, and until the end of the last one."""
    [row] = reading.ask(
        "before",
        app=reading.arms.app,
        lookback=at_minute(reading.lookback),
        after=at_minute(minute + 1),
        until=at_minute(reading.until + 1),
        import_log=IMPORT_LOG,
    ).to_pylist()
    imported = row["imported"]
    before = Arrived(beacons=row["read_beacons"], times=row["read_sum"], imported=imported)
    return before, Arrived(beacons=row["beacons"], times=row["sum"], imported=imported)
