"""What the change feed says of a run stands in the views: also where its time went, and what is not yet wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.model import RunFinding, RunResult, RunStatus, RunTiming
from leadline.store import Loader
from leadline.store.loader import RECORDS_FEED

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EXPIRES = RunFinding(kind="certificate_expires", subject="shop.example", message="the certificate expires in 5 days")


@pytest.fixture
def load(loader: Loader) -> Callable[..., None]:
    """Loads one run; keywords are its fields."""

    def run(**fields: Any) -> None:
        said: dict[str, Any] = {
            "run_id": "r1",
            "name": "front",
            "app": "shop",
            "status": RunStatus.PASSED,
            "started_at": NOON,
            "finished_at": NOON + timedelta(seconds=1),
            "duration_ms": 1000.0,
        }
        after = loader.progress(RECORDS_FEED)
        loader.load_changes(after=after, upto=1, changes=[(1, RunResult(**{**said, **fields}))], now=NOON)

    return run


def test_a_check_has_where_its_time_went_and_its_findings(
    load: Callable[..., None], ask: Callable[..., list[dict[str, Any]]]
) -> None:
    load(monitor="check", timing=RunTiming(dns_ms=1.5, connect_ms=2.0, first_byte_ms=30.0), findings=(EXPIRES,))

    [row] = ask("SELECT dns_ms, connect_ms, tls_ms, first_byte_ms, findings FROM checks")

    assert (row["dns_ms"], row["connect_ms"], row["tls_ms"], row["first_byte_ms"]) == (1.5, 2.0, None, 30.0)
    assert json.loads(row["findings"]) == [
        {"kind": "certificate_expires", "subject": "shop.example", "message": "the certificate expires in 5 days"}
    ]


def test_a_journey_has_its_findings_and_null_for_none(
    load: Callable[..., None], ask: Callable[..., list[dict[str, Any]]]
) -> None:
    load(monitor="journey")

    assert ask("SELECT findings FROM journey_runs") == [{"findings": None}]
