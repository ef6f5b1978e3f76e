"""Limits of values in documented columns, for any file: the same as for beacons and runs.

One vital of -5 would be in every later answer, and one `attributes` that is not JSON would break every later query.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from leadline.model import RunSource, RunStatus, StepStatus
from leadline.store.interchange.conform import WrongValue
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals
from leadline.wire.bounds import range_of

# A name is a value that is grouped by; the wire has the same length.
LONGEST_NAME = 128
# As for a beacon's clock (leadline/store/beacon_rows.py).
CLOCK_TOLERANCE = timedelta(minutes=2)
# Nobody measured page views before; 1970-01-01 is how some tools write "not known", and no view shows what is earlier.
EARLIEST = datetime.fromisoformat("2000-01-01")
_NAMES = ("service_version", "cohort", "page_view_id", "session_id")
_MARKS = ("test", "bot")

_RANGES: dict[tuple[str, str], tuple[float | None, float | None]] = {
    **{("vitals", name): range_of(Vitals, name) for name in ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")},
    ("errors", "count"): range_of(BeaconError, "count"),
    ("events", "value"): range_of(BeaconEvent, "value"),
    ("requests", "status_code"): range_of(BeaconRequest, "status_code"),
    ("requests", "duration_ms"): range_of(BeaconRequest, "duration_ms"),
    **{(table, "weight"): (0.0, None) for table in ("page_views", "vitals", "errors", "events", "requests")},
    **{(table, "duration_ms"): (0.0, None) for table in ("journey_runs", "checks", "steps")},
}
_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("journey_runs", "status"): tuple(RunStatus),
    ("journey_runs", "source"): tuple(RunSource),
    ("checks", "status"): tuple(RunStatus),
    ("steps", "status"): tuple(StepStatus),
}


def check_limits(table: str, name: str, column: pa.Array) -> None:
    """Raises WrongValue for the first invalid value; nulls are allowed."""
    if found := _RANGES.get((table, name)):
        _check_range(column, *found)
    elif words := _WORDS.get((table, name), _MARKS if name == "user_agent_synthetic_type" else ()):
        _check(column, pc.is_in(column, pa.array(words)), lambda said: f"{said!r} is none of {', '.join(words)}")
    elif name in _NAMES or (table, name) == ("events", "name"):
        is_short = pc.less_equal(pc.utf8_length(column), LONGEST_NAME)
        _check(column, is_short, lambda said: f"has {len(str(said)):,} characters, and may have {LONGEST_NAME}")
    elif name == "attributes":
        broken = pa.array([said for said in pc.unique(column).to_pylist() if not _is_object(said)], pa.string())
        _check(column, pc.invert(pc.is_in(column, broken)), lambda said: f"{str(said)[:40]!r} is no JSON object")


def check_arrival(column: pa.Array, now: datetime) -> None:
    """Raises WrongValue for the first time after `now`, since no figure contains rows of the future, or before 2000."""
    latest = (now + CLOCK_TOLERANCE).astimezone(UTC).replace(tzinfo=None)
    is_past = pc.less_equal(column, pa.scalar(latest, column.type))
    later = pc.sum(pc.invert(is_past)).as_py()
    _check(
        column,
        is_past,
        lambda said: f"{said} is in the future ({later:,} rows of this batch are); a time without a zone is UTC",
    )
    is_known = pc.greater_equal(column, pa.scalar(EARLIEST, column.type))
    _check(column, is_known, lambda said: f"{said} is before the year {EARLIEST.year}")


def _check_range(column: pa.Array, low: float | None, high: float | None) -> None:
    words = f"{low:,g} to {high:,.0f}" if low is not None and high is not None else f"{low:,g} or more"
    for is_inside in (
        pc.greater_equal(column, low) if low is not None else None,
        pc.less_equal(column, high) if high is not None else None,
    ):
        if is_inside is not None:
            _check(column, is_inside, lambda said: f"is {said:,}, and must be {words}")


def _check(column: pa.Array, is_right: pa.Array, tell: Callable[[object], str]) -> None:
    row = pc.index(pc.and_(pc.is_valid(column), pc.invert(is_right)), pa.scalar(True)).as_py()
    if row >= 0:
        raise WrongValue(row, tell(column[row].as_py()))


def _is_object(said: str | None) -> bool:
    if said is None:
        return True
    try:
        return isinstance(msgspec.json.decode(said), dict)
    except msgspec.DecodeError:
        return False
