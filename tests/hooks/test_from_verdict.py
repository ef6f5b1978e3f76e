"""The scheduler's watch over verdicts owes the gate's hook, or says what it would have run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hooks.stand import ROUTING, write_settings

from leadline.clock import now
from leadline.model import Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.storeclient.questions import VerdictAnswered
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.verdict_watch import VerdictWatch

HOOK = '[[hook]]\nname = "undo"\nkind = "command"\ncommand = ["true"]\n'


class Store:
    """Answers every question about a verdict with one rollback."""

    async def ask(self, _question: Any, asked: Any) -> Any:
        at = now()
        verdict = Verdict(
            app=asked.app,
            canary="1.5.0",
            baseline="1.4.2",
            verdict="rollback",
            reasons=(VerdictReason(code="worse", text="1.5.0 sells less"),),
            sentence="Roll back 1.5.0.",
            decided_at=at,
            since=at - timedelta(hours=1),
            may_act=True,
        )
        return VerdictAnswered(verdicts=[verdict])


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(tmp_path / ".leadline" / "records.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize(("armed", "state"), [(True, "executing"), (False, "would_have")])
async def test_a_rollback_owes_the_hook_of_an_armed_gate(
    tmp_path: Path, records: Records, armed: bool, state: str
) -> None:
    settings = write_settings(tmp_path, HOOK, site="http://127.0.0.1:9", on_rollback=["undo"], armed=armed)
    thread = RecordsThread()
    watch = VerdictWatch(
        settings,
        store=Store(),
        records=records,
        thread=thread,
        routing=ROUTING,
        wall=now,
        on_transition=lambda: None,
    )
    await watch.look()
    await watch.look()
    thread.close()
    assert [(action.hook, action.state) for action in records.actions()] == [("undo", state)]
