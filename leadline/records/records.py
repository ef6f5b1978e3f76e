"""The records as the services and the command use them: one method, one transaction.

It is only a facade: each method is implemented in the file named for its noun. Safe for several threads and processes
at once. Every method raises RecordsUnavailable if the database can't be used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from leadline.incidents import Judgement, Observed, Owed, Routing
from leadline.incidents.acts import NO_ACTS, ActRules
from leadline.model import (
    Deployment,
    Finding,
    Incident,
    IncidentKind,
    RecordedVerdict,
    RunResult,
    Severity,
    StartedRun,
    Subject,
    Verdict,
)
from leadline.records import (
    cleanup_rows,
    deployment_rows,
    feed,
    findings,
    incident_rows,
    marks,
    result_commit,
    retention,
    run_rows,
    silence_rows,
    trial_rows,
    unconfigured,
    upgrade,
    verdict_rows,
    verdicts,
)
from leadline.records.database import Database
from leadline.records.guard_records import GuardRecords
from leadline.records.incident_records import IncidentRecords
from leadline.records.nouns import Change, KeptCleanup, LastResult, Silence
from leadline.records.outbox_records import OutboxRecords

__all__ = ["Records"]


class Records(OutboxRecords, GuardRecords, IncidentRecords):
    """Open records. `open` makes the file or migrates it; `close` when done."""

    @classmethod
    def open(cls, path: Path) -> Records:
        """Raises RecordsUnavailable if the file is damaged, from a newer release, or can't be written."""
        database = Database(path)
        try:
            upgrade.migrate(database)
        except BaseException:
            database.close()
            raise
        database.on_replaced = lambda: upgrade.migrate(database)
        return cls(database)

    def rescue(self) -> bool:
        """Restores records that were deleted while in use; True if it did."""
        return self._database.rescue()

    @property
    def replaced(self) -> int:
        """How often another file has replaced the open one."""
        return self._database.replaced

    def close(self) -> None:
        self._database.close()

    def together(self) -> AbstractContextManager[None]:
        """Everything that this thread writes in the block is one transaction. Reads don't see it before it ends."""
        return self._database.together()

    # Runs

    def start_run(self, started: StartedRun) -> None:
        """Records that a run begins, so that a killed scheduler leaves a trace of it."""
        with self._database.writing() as connection:
            run_rows.insert_started(connection, started)

    def commit_result(
        self,
        result: RunResult,
        *,
        confirm: int,
        severity: Severity,
        routing: Routing,
        now: datetime,
        shared_cause: str | None = None,
        quiet: timedelta | None = None,
        hold: timedelta = timedelta(),
        depends_on: Sequence[Subject] = (),
        lasts: timedelta = timedelta(),
        is_slow_wrong: bool = False,
    ) -> Judgement:
        """Result, incident, transition and one outbox row per target, in one transaction. Idempotent by run.

        `shared_cause` names a cause that other monitors may share; their pages are one message, and `hold` delays this
        one for them. While something in `depends_on` has an open incident, that cause is used. A failure
        within `quiet` after the end opens the same incident. An incident opens when the failure has lasted for `lasts`;
        `is_slow_wrong`: degraded runs in a row are a warning.
        """
        with self._database.writing() as connection:
            return result_commit.commit_result(
                connection,
                result,
                confirm=confirm,
                severity=severity,
                routing=routing,
                now=now,
                shared_cause=shared_cause,
                quiet=quiet,
                hold=hold,
                depends_on=depends_on,
                lasts=lasts,
                is_slow_wrong=is_slow_wrong,
            )

    def tell_new_targets(self, *, routing: Routing, now: datetime, moved: Collection[str] = ()) -> int:
        """Pages the routes' targets about open incidents that were only sent to removed targets, or to the old address
        of targets in `moved`; returns the number of rows queued."""
        with self._database.writing() as connection:
            return findings.tell_new_targets(connection, routing=routing, now=now, moved=moved)

    def end_quiet_incidents(self, now: datetime) -> list[Incident]:
        """Resolves incidents that came and went and have been healthy for long enough."""
        with self._database.writing() as connection:
            return findings.end_quiet_incidents(connection, now)

    def has_quiet_incidents(self) -> bool:
        """Whether an incident that came and went waits for its end."""
        with self._database.reading() as connection:
            return bool(incident_rows.read_quiet_incidents(connection))

    def abort_unfinished(self, now: datetime) -> list[RunResult]:
        """Records runs that were started and never ended as aborted, and returns them."""
        with self._database.writing() as connection:
            return result_commit.abort_unfinished(connection, now)

    def last_results(self) -> list[LastResult]:
        with self._database.reading() as connection:
            return marks.read_last_results(connection)

    def runs(self, *, name: str | None = None, app: str | None = None, limit: int = 100) -> list[RunResult]:
        """The newest first, with steps, KPIs and evidence."""
        with self._database.reading() as connection:
            return run_rows.read_runs(connection, name=name, app=app, limit=limit)

    def run(self, run_id: str) -> RunResult | None:
        with self._database.reading() as connection:
            return run_rows.read_runs_by_id(connection, [run_id]).get(run_id)

    def run_starts(self, subject: Subject, *, since: datetime) -> list[datetime]:
        """When the scheduler began each run of a journey or check since then, the oldest first."""
        with self._database.reading() as connection:
            return run_rows.read_run_starts(connection, subject, since=since)

    def delete_runs_before(self, before: datetime, *, limit: int = 500) -> int:
        """Deletes up to `limit` old runs; call it again until it returns 0."""
        with self._database.writing() as connection:
            return retention.delete_runs_before(connection, before, limit=limit)

    # Incidents

    def commit_findings(
        self,
        subject: Subject,
        observed: Observed,
        *,
        kind: IncidentKind = "failure",
        routing: Routing,
        now: datetime,
        also: Sequence[Owed] = (),
    ) -> Judgement:
        """Takes a subject's findings and healthy places: opens, changes or resolves its incident of that kind and
        queues its outbox rows, in one transaction. `also` is queued with an opening in addition to the pages (hooks).
        """
        with self._database.writing() as connection:
            return findings.commit_findings(
                connection, subject, observed, kind=kind, routing=routing, now=now, also=also
            )

    def commit_verdict(
        self,
        verdict: Verdict,
        *,
        environment: str,
        routing: Routing,
        now: datetime,
        also: Sequence[Owed] = (),
        acts: ActRules = NO_ACTS,
    ) -> tuple[RecordedVerdict | None, Judgement | None]:
        """Appends a verdict that says something new, and opens, changes or ends its release's incident with it, in one
        transaction, and queues the hook given by `acts`. `also` is queued with an opening. Both parts are None if
        nothing changed."""
        with self._database.writing() as connection:
            return verdicts.commit_verdict(
                connection, verdict, environment=environment, routing=routing, now=now, also=also, acts=acts
            )

    def verdicts(self, *, app: str | None = None, limit: int = 100) -> list[RecordedVerdict]:
        """Verdicts that differed from the one before them, the newest first."""
        with self._database.reading() as connection:
            return verdict_rows.list_verdicts(connection, app=app, limit=limit)

    def queue_trial(self, targets: Sequence[str], *, by: str | None, now: datetime) -> str:
        """Queues a test page for each target; returns the id of its incident. `by` None: the daily one."""
        with self._database.writing() as connection:
            return trial_rows.queue_trial(connection, targets, by=by, now=now)

    def last_daily_trial(self) -> datetime | None:
        """When the last daily test page was queued."""
        with self._database.reading() as connection:
            return trial_rows.read_last_daily(connection)

    def close_unplanned(self, *, is_planned: Callable[[Incident, Finding], bool], now: datetime) -> list[Incident]:
        """Closes findings that are no longer configured; returns the incidents that this changed or resolved."""
        with self._database.writing() as connection:
            return unconfigured.close_unplanned(connection, is_planned=is_planned, now=now)

    # Silences, deployments, clean-ups

    def add_silence(self, silence: Silence) -> None:
        with self._database.writing() as connection:
            silence_rows.insert_silence(connection, silence, now=silence.created_at)

    def keep_maintenance(self, wanted: Sequence[Silence], *, now: datetime) -> bool:
        """Updates the silences of `[[maintenance]]` to the wanted ones; returns whether anything changed."""
        with self._database.writing() as connection:
            return silence_rows.keep_maintenance(connection, wanted, now=now)

    def end_silence(self, silence_id: str, *, now: datetime) -> bool:
        with self._database.writing() as connection:
            return silence_rows.end_silence(connection, silence_id, now=now)

    def silences(self, now: datetime) -> list[Silence]:
        """Those in force."""
        with self._database.reading() as connection:
            return silence_rows.read_active_silences(connection, now)

    def mark_deployment(self, deployment: Deployment) -> None:
        """Records a deployment and registers its version. Idempotent by deployment."""
        with self._database.writing() as connection:
            if deployment_rows.insert_deployment(connection, deployment):
                feed.note_change(connection, "deployment", deployment.deployment_id)

    def deployments(self, *, app: str | None = None, limit: int = 100) -> list[Deployment]:
        """The newest first."""
        with self._database.reading() as connection:
            return deployment_rows.list_deployments(connection, app=app, limit=limit)

    def registered_versions(self, app: str) -> list[str]:
        with self._database.reading() as connection:
            return deployment_rows.registered_versions(connection, app)

    def taken_back_versions(self, app: str) -> set[str]:
        """Versions that a hook rolled back, and that were not deployed again since."""
        with self._database.reading() as connection:
            return deployment_rows.taken_back_versions(connection, app)

    def keep_cleanup(self, *, run_id: str, cleanup_id: str, function: str, arguments: bytes, now: datetime) -> None:
        """On disk when it returns: the step may end."""
        with self._database.writing() as connection:
            cleanup_rows.keep_cleanup(
                connection, run_id=run_id, cleanup_id=cleanup_id, function=function, arguments=arguments, now=now
            )

    def finish_cleanup(self, cleanup_id: str, *, error: str | None, now: datetime) -> None:
        """Marks it as done (`error` None); after a failure it stays unfinished."""
        with self._database.writing() as connection:
            cleanup_rows.finish_cleanup(connection, cleanup_id, error=error, now=now)

    def unfinished_cleanups(self) -> list[KeptCleanup]:
        with self._database.reading() as connection:
            return cleanup_rows.unfinished_cleanups(connection)

    # The change feed

    def changes_after(self, position: int, limit: int) -> list[Change]:
        """Objects that changed after `position`, in commit order, each in its current state."""
        with self._database.reading() as connection:
            return feed.read_changes(connection, after=position, limit=limit)

    def newest_position(self) -> int:
        """The end of the feed: changes whenever anything changes."""
        with self._database.reading() as connection:
            return feed.read_newest_position(connection)
