"""A store in a folder of its own, a loader, and builders that show only the field that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.store import Loaded, Loader, Store, open_store
from leadline.wire import Beacon, LoggedBeacon, encode_logged

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)

Log = Callable[..., bytes]
Load = Callable[..., Loaded]
Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def now_ms() -> int:
    return NOW_MS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


@pytest.fixture
def loader(store: Store) -> Iterator[Loader]:
    opened = Loader(store)
    yield opened
    opened.close()


@pytest.fixture
def log() -> Log:
    """The bytes of one record of the log; keywords of the record itself end in no underscore, the beacon's are `b`."""

    def build(*, received_ms: int = NOW_MS, app: str = "shop", record: dict[str, Any] | None = None, **b: Any) -> bytes:
        fields = {"key": "pk_1", "page_view_id": "v1", "seq": 0, "started_at": received_ms - 1000, **b}
        beacon = Beacon(**fields)
        return encode_logged(
            LoggedBeacon(app=app, environment="production", received_at_ms=received_ms, beacon=beacon, **(record or {}))
        )

    return build


@pytest.fixture
def load(loader: Loader) -> Load:
    """Loads bodies at the next positions of a file."""

    def run(*bodies: bytes, file: str = "log-1", now: datetime = NOW) -> Loaded:
        after = loader.progress(file)
        records = [(after + 1 + index, body) for index, body in enumerate(bodies)]
        return loader.load_beacons(file, after=after, upto=after + len(bodies), records=records, bad=[], now=now)

    return run


@pytest.fixture
def ask(store: Store) -> Ask:
    """Rows of a statement, facts included."""

    def run(sql: str) -> list[dict[str, Any]]:
        cursor = store.cursor()
        try:
            rows: list[dict[str, Any]] = cursor.sql(sql).to_arrow_table().to_pylist()
            return rows
        finally:
            cursor.close()

    return run


@pytest.fixture
def at(now_ms: int) -> Callable[[float], int]:
    """Milliseconds of a moment, in minutes after eleven."""
    return lambda minutes: now_ms - 3_600_000 + round(minutes * 60_000)


@pytest.fixture
def view(log: Any, at: Callable[[float], int]) -> Callable[..., bytes]:
    """A beacon of the view `name` in the session `name`, which began `begun` minutes after eleven."""

    def log_view(begun: float, name: str = "a", *, version: str = "2", later: float = 0.0, **more: Any) -> bytes:
        beacon = {"session_id": name, "page_view_id": name, "service_version": version, **more}
        record = beacon.pop("record", None)
        return log(received_ms=at(begun + later), record=record, **{"started_at": at(begun), **beacon})  # type: ignore[no-any-return]

    return log_view
