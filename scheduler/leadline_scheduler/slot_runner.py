"""Turns a slot into a run, a run into a result in the records, and a failed result into its confirming re-run.

leadline/workers *runs*, leadline/incidents *judges* inside the records' transaction, and dispatch.py *tells
people*: this file only connects them. Nothing here hangs for ever, and every slot that
comes here leaves a row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from leadline.clock import new_id
from leadline.errors import StorageUnavailable
from leadline.incidents import Judgement, Routing
from leadline.model import Cause, CheckSpec, JourneySpec, RunResult, RunStatus
from leadline.model.worker_messages import CheckAsked, RunAsked
from leadline.records import Records
from leadline_scheduler.clockwork import Skipped
from leadline_scheduler.kept_file import KeptFile
from leadline_scheduler.kept_results import KeptResults
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.records_thread import PATIENCE_S, RecordsThread
from leadline_scheduler.run_limits import RunLimits
from leadline_scheduler.seats import NoSeat, Seats, Urgency
from leadline_scheduler.underway import RunUnderway, skipped_result

log = logging.getLogger(__name__)

# The pool enforces a run's deadline, repeats it once if Leadline failed, and waits at most 60 s between two starts of
# a worker that does not start. After all that the pool itself counts as broken.
SLACK_S = 90.0
# A removed monitor opens no incident: nothing could resolve it.
_NEVER = 1_000_000
# If others already fail for the same cause, a page waits this long for those that are about to be confirmed.
HOLD = timedelta(seconds=2)
# A result that the records can't take for this long waits in memory, and the monitor goes on.
_REFUSED_S = 5.0


class Runner(Protocol):
    """The part of leadline.workers.WorkerPool used here."""

    async def run(
        self, asked: RunAsked, *, on_start: Callable[[datetime], Awaitable[None]] | None = None
    ) -> RunResult: ...

    async def check(self, asked: CheckAsked) -> RunResult: ...


class SlotRunner:
    """Runs monitors in their slots. `on_result` gets every committed result with its judgement,
    `on_suspicion` a first failed run before it is confirmed.

    `is_planned` says whether a monitor is still configured; `code` names the state of the journeys' files that runs,
    and `routing` who is paged about findings.
    """

    def __init__(
        self,
        *,
        runner: Runner,
        seats: Seats,
        records: Records,
        thread: RecordsThread,
        routing: Routing,
        on_result: Callable[[Monitor, RunResult, Judgement], None],
        wall: Callable[[], datetime],
        import_folder: Path,
        evidence_folder: Path,
        kept_file: Path,
        is_planned: Callable[[Monitor], bool] = lambda _monitor: True,
        on_suspicion: Callable[[Monitor], None] = lambda _monitor: None,
        has_others_failing: Callable[[str, Monitor], bool] = lambda _cause, _monitor: False,
        cause_beneath: Callable[[Monitor], str | None] = lambda _monitor: None,
        code: str = "",
    ) -> None:
        self.code = code
        self.routing = routing
        self._is_planned = is_planned
        self._on_suspicion = on_suspicion
        self._has_others_failing = has_others_failing
        self._cause_beneath = cause_beneath
        self._runner = runner
        self._seats = seats
        self._records = records
        self._thread = thread
        self._on_result = on_result
        self._wall = wall
        self._limits = RunLimits(records, thread, wall)
        self._import_folder = str(import_folder)
        self._evidence_folder = str(evidence_folder)
        self._urgent: dict[str, str | None] = {}
        self.kept = KeptResults(thread, on_result, KeptFile(kept_file))
        self._stopping = asyncio.Event()

    def hurry(self, monitor: Monitor, *, confirms_run_id: str | None = None) -> None:
        """The monitor's next slot goes before ordinary ones; it confirms a run that failed before a restart, if any."""
        self._urgent[monitor.key] = confirms_run_id or self._urgent.get(monitor.key)

    def forget(self, key: str) -> None:
        """The monitor is no longer configured."""
        self._urgent.pop(key, None)

    def take_no_more(self) -> None:
        """Runs in progress may end, but no run begins or is repeated: the next start confirms what is left."""
        self._stopping.set()
        self._seats.close()

    async def run_slot(self, monitor: Monitor, scheduled_at: datetime) -> None:
        """Runs a monitor, and again at once for as long as its result asks for confirmation."""
        maintenance = monitor.maintenance_at(self._wall())
        if maintenance is not None and maintenance[0].stops_runs:
            window, during = maintenance
            said = f"not run: {window.reason} until {during.end:%Y-%m-%d %H:%M} UTC"
            await self.record_skipped(monitor, Skipped(Cause.MAINTENANCE, scheduled_at, scheduled_at, 1, said))
            return
        urgency = Urgency.FIRST if monitor.key in self._urgent else Urgency.SLOT
        confirms_run_id = self._urgent.pop(monitor.key, None)
        if monitor.kind == "check":
            await self._run_until_judged(monitor, scheduled_at, confirms_run_id=confirms_run_id)
            return
        urgency = Urgency.CONFIRM if confirms_run_id else urgency
        # A slot without a worker for half an interval is missed; a run that a page depends on waits longer.
        patience_s = monitor.every_s / 2 if urgency is Urgency.SLOT else max(monitor.every_s, PATIENCE_S)
        try:
            # Held until nothing needs confirming: a page depends on the re-run, which must not wait behind other slots.
            async with self._seats.take(urgency, patience_s=patience_s):
                if not self._is_planned(monitor):
                    raise NoSeat("it was removed from the configuration while it waited")
                await self._run_until_judged(monitor, scheduled_at, confirms_run_id=confirms_run_id)
        except NoSeat as reason:
            await self.record_skipped(
                monitor, Skipped(Cause.MISSED, scheduled_at, scheduled_at, 1, f"not run: {reason}")
            )

    async def record_skipped(self, monitor: Monitor, skipped: Skipped) -> None:
        """Writes the row of slots in which nothing ran."""
        await self._commit(monitor, skipped_result(monitor, skipped, run_id=new_id()))

    async def _run_until_judged(self, monitor: Monitor, scheduled_at: datetime, *, confirms_run_id: str | None) -> None:
        slot: datetime | None = scheduled_at
        while True:
            if (limit := await self._refuse(monitor)) is not None:
                at = slot or self._wall()
                said = f"not {'re-run' if slot is None else 'run'}: {limit}"
                await self.record_skipped(monitor, Skipped(Cause.RUN_LIMIT, at, at, 1, said))
                return  # a failure that is not confirmed yet is confirmed by the next run that may begin
            run = RunUnderway(
                monitor=monitor,
                run_id=new_id(),
                scheduled_at=slot,
                confirms_run_id=confirms_run_id,
                started_at=self._wall(),
            )
            result = self._name_our_stop(await self._run(run))
            judgement = await self._commit(monitor, result)
            # The pool has tried an aborted run twice already; the next slot decides.
            if result.status is RunStatus.ABORTED or not judgement.needs_confirmation or self._stopping.is_set():
                return
            if not self._is_planned(monitor):
                return
            if confirms_run_id is None and judgement.incident is None:
                self._on_suspicion(monitor)
            confirms_run_id = confirms_run_id or result.run_id
            slot = None
            if await self._is_stopped_within(monitor.confirm_after_s):
                return

    async def _refuse(self, monitor: Monitor) -> str | None:
        """Why the run must not begin; also if the records can't tell how many there were."""
        try:
            return await self._limits.refuse(monitor)
        except StorageUnavailable as error:
            return f"max_runs_per_hour can't be counted: {error.message}"

    async def _is_stopped_within(self, pause_s: float) -> bool:
        """The pause before a re-run; True if the scheduler stops meanwhile: then the next start re-runs it."""
        if pause_s <= 0:
            return False
        try:
            async with asyncio.timeout(pause_s):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    def _name_our_stop(self, result: RunResult) -> RunResult:
        """Names our stop as the cause if we ended the worker."""
        is_ours = self._stopping.is_set() and result.cause is Cause.WORKER_DIED
        return replace(result, cause=Cause.SCHEDULER_STOPPED) if is_ours else result

    async def _run(self, run: RunUnderway) -> RunResult:
        spec = run.monitor.spec
        try:
            return await (self._run_check(run, spec) if isinstance(spec, CheckSpec) else self._run_journey(run, spec))
        except TimeoutError:
            log.error("the worker pool did not end run %s of %s in time", run.run_id, run.monitor.key)
            return run.end(Cause.PROBE_FAULT, "the worker pool did not answer in time", finished_at=self._wall())
        except asyncio.CancelledError:
            stopped = run.end(Cause.SCHEDULER_STOPPED, "the scheduler was stopped", finished_at=self._wall())
            await asyncio.shield(self._commit(run.monitor, stopped))
            raise

    async def _run_journey(self, run: RunUnderway, journey: JourneySpec) -> RunResult:
        asked = run.ask_journey(
            journey, import_folder=self._import_folder, evidence_folder=self._evidence_folder, code=self.code
        )
        async with asyncio.timeout(2 * journey.deadline_s + SLACK_S):
            return await self._runner.run(asked, on_start=partial(self._begin, run))

    async def _run_check(self, run: RunUnderway, check: CheckSpec) -> RunResult:
        await self._begin(run, self._wall())
        async with asyncio.timeout(2 * check.timeout_ms / 1000 + SLACK_S):
            return await self._runner.check(run.ask_check(check))

    async def _begin(self, run: RunUnderway, started_at: datetime) -> None:
        """Records a run before it begins, so that a killed scheduler leaves a trace of it."""
        if run.has_begun:
            self._limits.count_again(run.monitor)
        run.started_at, run.has_begun = started_at, True
        begin = partial(self._records.start_run, run.as_started())
        try:
            await self._thread.do(begin, together=self._records.together)
        except StorageUnavailable as error:  # the site is checked anyway
            log.debug("%s begins without a row: %s", run.monitor.key, error.message)

    async def take_up_kept(self, find: Callable[[str], Monitor | None]) -> None:
        """Writes what the records refused the last scheduler, before anything else is written."""

        def prepare(monitor: Monitor | None, result: RunResult) -> Callable[[], Judgement]:
            return self._prepare(monitor, result, now=result.finished_at)

        if count := self.kept.take_up(find, prepare):
            log.warning("the last scheduler left %d results that the records had refused", count)
            await self.kept.write()

    async def _commit(self, monitor: Monitor, result: RunResult) -> Judgement:
        commit = self._prepare(monitor, result, now=self._wall())
        if not self.kept.is_waiting:
            try:
                judgement = await self._thread.do(commit, patience_s=_REFUSED_S, together=self._records.together)
            except StorageUnavailable as error:
                log.error("%s: its result waits in memory: %s", monitor.key, error.message)
            else:
                self._on_result(monitor, result, judgement)
                return judgement
        self.kept.keep(monitor, result, commit)
        return Judgement(None, None)

    def _prepare(self, monitor: Monitor | None, result: RunResult, *, now: datetime) -> Callable[[], Judgement]:
        """What writes a result. Without a monitor, because it is no longer configured, the row alone."""
        commit = partial(self._records.commit_result, result, routing=self.routing, now=now)
        if monitor is None:
            return partial(commit, confirm=_NEVER, severity="critical")
        failed = result.status is RunStatus.FAILED
        cause = (self._cause_beneath(monitor) if failed else None) or monitor.shared_cause(result)
        return partial(
            commit,
            confirm=monitor.confirm if self._is_planned(monitor) else _NEVER,
            severity=monitor.severity,
            shared_cause=cause,
            depends_on=monitor.depends_on,
            lasts=timedelta(seconds=monitor.min_duration_s),
            is_slow_wrong=monitor.is_slow_wrong,
            quiet=monitor.quiet,
            hold=HOLD if cause is not None and self._has_others_failing(cause, monitor) else timedelta(),
        )
