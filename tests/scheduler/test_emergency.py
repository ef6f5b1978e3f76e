"""Records that refuse for a minute page the operator from memory, once, and again when they are well."""

from __future__ import annotations

from typing import Any

import pytest

from leadline import clock
from leadline.errors import RecordsUnavailable
from leadline.incidents import Routing
from leadline.model import Target
from leadline_scheduler.emergency import Emergency
from leadline_scheduler.records_thread import RecordsThread


@pytest.fixture
def emergency(thread: RecordsThread, targets: Any) -> Emergency:
    return Emergency(
        thread=thread,
        send=targets.send,
        targets={name: Target(name=name, url="json://127.0.0.1:9/") for name in ("oncall", "ops")},
        routing=Routing(targets=("oncall", "ops"), operator="ops"),
        timeout_s=5,
        list_failing=lambda: ["shop api"],
        wall=clock.now,
    )


async def refuse(thread: RecordsThread, *, ago_s: float) -> None:
    def no_space() -> None:
        raise RecordsUnavailable(
            "/srv/home/records.sqlite: the records are damaged: file is not a database",
            hint="Put the last backup in its place.",
        )

    with pytest.raises(RecordsUnavailable):
        await thread.do(no_space, patience_s=0.01)
    thread.refused_since_s = clock.monotonic_s() - ago_s


async def test_the_operator_is_paged_once_with_what_memory_knows(
    emergency: Emergency, thread: RecordsThread, targets: Any
) -> None:
    await refuse(thread, ago_s=61)
    await emergency.look()
    await emergency.look()
    [sent] = targets.accepted
    assert sent.target == "ops"
    assert "Why: the records are damaged: file is not a database.\nTo do: Put the last backup in its place." in (
        sent.page.body
    )
    assert "/srv/home" not in sent.page.body
    assert "Monitors whose last run failed: shop api\n" in sent.page.body
    assert "is in no ledger" in sent.page.body


async def test_less_than_a_minute_is_waited_for(emergency: Emergency, thread: RecordsThread, targets: Any) -> None:
    await refuse(thread, ago_s=50)
    await emergency.look()
    assert targets.tried == []


async def test_a_refused_page_is_tried_again_and_the_end_is_told(
    emergency: Emergency, thread: RecordsThread, targets: Any
) -> None:
    targets.refuses = {"ops": 1}
    await refuse(thread, ago_s=61)
    await emergency.look()
    await emergency.look()
    await thread.do(lambda: None, patience_s=1)
    await emergency.look()
    assert targets.told("ops") == ["open", "resolve"]


async def test_a_read_that_works_does_not_hide_writes_that_fail(thread: RecordsThread) -> None:
    await refuse(thread, ago_s=61)
    await thread.do(lambda: None)
    assert thread.refused_since_s is not None
