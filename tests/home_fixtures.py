"""Fixtures of a home that is filled through the real rooms, for the conftests whose `settings` and `app` say which.

Import them by name; a conftest of its own may put another in the place of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from filled_homes import append_to_log, encode_beacon, wait_until

from leadline.incidents import Routing
from leadline.model import RunResult
from leadline.records import Records
from leadline.settings import Settings


@pytest.fixture
def records(settings: Settings) -> Iterator[Records]:
    opened = Records.open(settings.paths.records)
    yield opened
    opened.close()


@pytest.fixture
def beacon(app: str) -> Callable[..., bytes]:
    """One record of the log, received now; keywords are the beacon's."""

    def build(**fields: Any) -> bytes:
        return encode_beacon(app, **fields)

    return build


@pytest.fixture
def append(settings: Settings) -> Callable[[Sequence[bytes]], None]:
    """Writes records to the beacon log as a collector would, into a file of their own, which is sealed."""

    def run(bodies: Sequence[bytes]) -> None:
        append_to_log(settings, bodies)

    return run


@pytest.fixture
def commit(records: Records) -> Callable[..., None]:
    """Commits a result that opens an incident at once when it failed."""

    def run(result: RunResult, targets: Sequence[str] = ("oncall",)) -> None:
        records.commit_result(
            result, confirm=1, severity="critical", routing=Routing(targets=tuple(targets)), now=datetime.now(UTC)
        )

    return run


@pytest.fixture
def wait() -> Callable[[Callable[[], Any], float], Any]:
    """Polls until true, within so many seconds."""

    def run(ask: Callable[[], Any], within_s: float = 30) -> Any:
        return wait_until("what was waited for", ask, within_s=within_s)

    return run
