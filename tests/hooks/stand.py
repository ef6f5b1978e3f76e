"""A home with a gate, a verdict that rolls back, and the runner that acts on it; the kill tests run it as a process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.clock import now
from leadline.guard.sides import rules_of
from leadline.guard.verification import Verifier
from leadline.incidents import Routing
from leadline.model import Verdict
from leadline.model.verdicts import VerdictReason
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline.settings.gate_hooks import act_order
from leadline_scheduler.hook_runner import HookRunner
from leadline_scheduler.records_thread import RecordsThread

ROUTING = Routing(targets=("oncall",))


def write_settings(folder: Path, hooks: str, *, site: str, on_rollback: list[str], armed: bool = True) -> Settings:
    (folder / "leadline.toml").write_text(
        f'[[app]]\nname = "shop"\nbase_url = "{site}"\n'
        f'[[gate]]\napp = "shop"\narmed = {str(armed).lower()}\non_rollback = {on_rollback}\n{hooks}'
    )
    return load_settings(folder / "leadline.toml")


def roll_back(records: Records, settings: Settings) -> None:
    """A verdict that may act, as the scheduler's judge commits it."""
    at = now()
    verdict = Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(VerdictReason(code="worse", text="1.5.0 sells less"),),
        sentence="Roll back 1.5.0: it sells less than 1.4.2.",
        decided_at=at,
        since=at - timedelta(hours=1),
        may_act=True,
    )
    gate = settings.gate_of("shop")
    acts = rules_of(act_order(settings, "shop"), is_armed=gate.armed)
    records.commit_verdict(verdict, environment="production", routing=ROUTING, now=at, acts=acts)


def make_runner(settings: Settings, records: Records, thread: RecordsThread) -> HookRunner:
    return HookRunner(
        settings,
        records=records,
        thread=thread,
        routing=lambda: ROUTING,
        verifier=Verifier(),
        owner="test",
        wall=now,
        steady=now,
        jitter=lambda: -1.0,
        on_pages_due=lambda: None,
    )


@asynccontextmanager
async def running(settings: Settings, records: Records) -> AsyncIterator[HookRunner]:
    thread = RecordsThread()
    runner = make_runner(settings, records, thread)
    loop = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await runner.flush()
        thread.close()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)


async def serve(folder: Path) -> None:
    """For the kill tests: a scheduler's start, as far as hooks go."""
    settings = load_settings(folder / "leadline.toml")
    records = Records.open(settings.paths.records)
    records.end_leases(datetime.now(UTC))
    async with running(settings, records):
        print("running", flush=True)
        await until(lambda: bool(records.actions(states=["verified", "failed"])))
    records.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
