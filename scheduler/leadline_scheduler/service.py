"""The scheduler as a process: locks the home, opens what it needs in order, and ends within ten seconds when stopped.

Nothing runs before everything has been checked. scheduler.py does the rest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from leadline import clock
from leadline.errors import ConfigurationError, LeadlineError
from leadline.locks import Holder, take_lock
from leadline.notify import send_page
from leadline.records import Records
from leadline.settings import Settings
from leadline.workers import CleanupLedger, WorkerPool
from leadline.workers.lifeline import die_with_parent
from leadline_scheduler.ledger import LedgerInRecords
from leadline_scheduler.pool import count_workers
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.reloads import SavedFiles, read_plan
from leadline_scheduler.saved_files import read_code_state
from leadline_scheduler.scheduler import Scheduler
from leadline_scheduler.startup import read_targets
from leadline_scheduler.state import (
    LAST_STATE_FILE,
    STATE_FILE,
    SchedulerState,
    read_last_clocks,
    read_state,
    write_state,
)

log = logging.getLogger(__name__)

# The longest that the scheduler may take to end after SIGTERM (docs/scheduler.md); one that is stopping gets this time.
LEAVING_S = 10.0
# Children of a killed `leadline up` end within 2 s without a notice.
ORPHAN_S = 3.0


def main(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT. Exit code: 0 stopped, 2 configuration, 70 an error inside Leadline."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the event loop takes over
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs the heartbeat's address at INFO
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if os.environ.get("LEADLINE_PARENT_PID"):
        die_with_parent()
    try:
        _create_folders(settings)
        with take_lock(
            settings.paths.run / "scheduler.lock",
            what="leadline scheduler",
            settings_file=settings.file,
            now=clock.now(),
            patience_s=partial(_patience_s, settings),
        ):
            asyncio.run(_serve(settings))
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # second signal: it is ending already
    except LeadlineError as error:
        print(f"leadline scheduler: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:
        log.exception("the scheduler failed with an error inside Leadline")
        return LeadlineError.exit_code
    return 0


async def _serve(settings: Settings) -> None:
    """The whole run; if stopped during the start, it closes what it has opened by then."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as opened:
        starting = asyncio.create_task(_start(settings, opened))
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([starting, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return
        await starting.result().run(stopping)


async def _start(settings: Settings, opened: AsyncExitStack) -> Scheduler:
    started_at = clock.now()
    state_file = settings.paths.run / STATE_FILE
    is_after_crash = state_file.exists()  # a clean end removes it
    left = state_file.with_name(LAST_STATE_FILE)
    last_clocks = read_last_clocks(state_file if is_after_crash else left, clock.boot_id())
    opened.callback(_put_aside, state_file, left)
    write_state(
        state_file,
        SchedulerState(pid=os.getpid(), state="starting", started_at=started_at, last_tick_at=started_at),
    )
    read_targets(settings)  # written before the records are opened
    thread = RecordsThread()
    opened.callback(thread.close)
    records = await thread.do(partial(Records.open, settings.paths.records))
    opened.push_async_callback(thread.do, records.close)
    ledger = LedgerInRecords(records, thread)
    code = await asyncio.to_thread(read_code_state, settings)
    plan = await read_plan(settings, _make_pool(settings, ledger, size=0), code=code, run_folder=settings.paths.run)
    for warning in plan.warnings:
        log.warning("%s", warning)
    pool = _make_pool(settings, ledger, size=count_workers(plan))
    opened.push_async_callback(pool.close, grace_s=0)
    await pool.start()
    return Scheduler(
        plan,
        records=records,
        thread=thread,
        pool=pool,
        send=send_page,
        saved=SavedFiles(plan, pool),
        is_after_crash=is_after_crash,
        last_clocks=last_clocks,
    )


def _put_aside(state_file: Path, left: Path) -> None:
    """Renames the status file, which is no longer current; the next start reads the clocks from it."""
    with suppress(OSError):
        state_file.replace(left)
    state_file.unlink(missing_ok=True)


def _make_pool(settings: Settings, ledger: CleanupLedger, *, size: int) -> WorkerPool:
    return WorkerPool(size=size, import_folder=settings.folder, evidence_folder=settings.paths.evidence, ledger=ledger)


def _create_folders(settings: Settings) -> None:
    try:
        settings.paths.create_folders()
    except OSError as error:
        raise ConfigurationError(
            f"the home {settings.paths.home} can't be made: {error}",
            hint="give [home] path a folder that may be written",
        ) from error


def _patience_s(settings: Settings, holder: Holder) -> float:
    state = read_state(settings.paths.run / STATE_FILE)
    is_leaving = state is not None and str(state.pid) == holder.pid and state.state == "stopping"
    return LEAVING_S if is_leaving else ORPHAN_S
