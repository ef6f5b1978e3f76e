"""Runs journeys of one file once, outside the scheduler, for the person who writes them.

If there is a home, the run is stored in its records as `adhoc`. It is not judged: it opens no incident and pages
nobody.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from leadline.cli.run_progress import Progress
from leadline.clock import monotonic_s, new_id, now
from leadline.errors import ConfigurationError
from leadline.model import Cohort, JourneySpec, RunResult, RunSource, RunStatus
from leadline.model.web_origins import what_slash_opens, without_password
from leadline.model.worker_messages import JourneyProblem, RunAsked
from leadline.settings import JourneysSettings, Settings
from leadline.workers import CleanupLedger, WorkerPool

NO_APP = "adhoc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file's journeys belong: to a [[journeys]] table, or only to their folder."""

    app: str
    environment: str
    base_url: str | None
    import_folder: Path
    evidence_folder: Path
    cohorts: dict[str, Cohort]
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of the command."""

    file: Path
    name: str | None
    base_url: str | None
    cohort: str | None
    is_headed: bool
    keep_trace: bool
    repeat: int = 1


def find_place(file: Path, settings: Settings | None, *, here: Path) -> Place:
    """The table whose path holds `file`; without one, the only app; without settings, `here`."""
    if settings is None:
        evidence = Path(tempfile.gettempdir()) / "leadline-evidence"
        return Place(
            app=NO_APP,
            environment="production",
            base_url=None,
            import_folder=here,
            evidence_folder=evidence,
            cohorts={},
        )
    table = _table_of(file, settings)
    apps = [app for app in settings.apps if table is not None and app.name == table.app] or settings.apps[:1]
    app = apps[0] if apps and (table is not None or len(settings.apps) == 1) else None
    return Place(
        app=app.name if app else NO_APP,
        environment=app.environment if app else "production",
        base_url=(table.base_url if table else None) or (app.base_url if app else None),
        import_folder=settings.folder,
        evidence_folder=settings.paths.evidence,
        cohorts={
            name: Cohort(name=name, cookies=dict(said.cookies), headers=dict(said.headers))
            for name, said in (table.cohorts if table else {}).items()
        },
        masked=settings.secrets,
    )


def choose_cohort(place: Place, name: str | None) -> Cohort:
    """The named cohort; without a name, no cohort."""
    if name is None:
        return Cohort()
    if name not in place.cohorts:
        near = get_close_matches(name, place.cohorts, n=1)
        known = ", ".join(place.cohorts) or "none: [[journeys]] cohorts names them"
        hint = f"did you mean {near[0]!r}?" if near else f"known: {known}"
        raise ConfigurationError(f"no cohort named {name!r}", hint=hint)
    return place.cohorts[name]


def choose_journeys(found: Sequence[JourneySpec], name: str | None, file: Path) -> list[JourneySpec]:
    """All journeys of the file, or the named one."""
    if name is None:
        return list(found)
    chosen = [spec for spec in found if spec.name == name]
    if not chosen:
        known = ", ".join(spec.name for spec in found) or "none"
        raise ConfigurationError(f"no journey named {name!r} in {file}", hint=f"found: {known}")
    return chosen


async def run_once(
    wish: Wish, place: Place, progress: Progress, *, ledger: CleanupLedger | None = None
) -> list[RunResult]:
    """Runs the journeys one after the other and returns the results. Raises ConfigurationError if one can't run."""
    cohort = choose_cohort(place, wish.cohort)
    place.evidence_folder.mkdir(parents=True, exist_ok=True)
    pool = WorkerPool(size=1, import_folder=place.import_folder, evidence_folder=place.evidence_folder, ledger=ledger)
    # The browser starts while the file is read: a person waits for both.
    starting = asyncio.create_task(_start(pool))
    results: list[RunResult] = []
    try:
        found, problems = await pool.discover([wish.file])
        if problems:
            raise ConfigurationError("\n".join(map(describe_problem, problems)))
        chosen = choose_journeys(found, wish.name, wish.file)
        base_url = wish.base_url or place.base_url
        for round_ in range(wish.repeat):
            for spec in chosen:
                place_text = f" on {without_password(base_url)}" if base_url else ""
                number = f" ({round_ + 1} of {wish.repeat})" if wish.repeat > 1 else ""
                progress.say(f"{spec.name}{place_text}{f' as {cohort.name}' if cohort.name else ''}{number}")
                if not results:
                    if (opened := what_slash_opens(base_url)) is not None:
                        progress.say(f"  base_url has a path: {opened}")
                    progress.note(f"browser ready after {await starting:.1f} s")
                result = await pool.run(_ask(spec, wish, place, cohort), on_step=progress.on_step)
                progress.end(result, place.evidence_folder)
                results.append(result)
        return results
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await pool.close()


async def _start(pool: WorkerPool) -> float:
    """How long it took, in seconds."""
    began_s = monotonic_s()
    await pool.start()
    return monotonic_s() - began_s


def describe_problem(problem: JourneyProblem) -> str:
    """`journeys/checkout.py:7:1: ...`, and the remedy."""
    hint = f"\n  {problem.hint}" if problem.hint else ""
    return f"{problem.path}:{problem.line}:{problem.column}: {problem.message}{hint}"


def keep_results(settings: Settings, results: Sequence[RunResult]) -> None:
    """Stores results in the home's records, if there is a home; a journey can run without one."""
    if not settings.paths.records.exists():
        return
    from leadline.incidents import NOBODY
    from leadline.records import Records

    records = Records.open(settings.paths.records)
    try:
        for result in results:
            if result.app != NO_APP:
                # `confirm` and `severity` have no effect: only runs started by the scheduler are judged.
                records.commit_result(result, confirm=1, severity="warning", routing=NOBODY, now=now())
    finally:
        records.close()


def exit_code(results: Sequence[RunResult]) -> int:
    """1 if any failed, else 70 if any was aborted, else 0: degraded counts as success."""
    statuses = {result.status for result in results}
    if RunStatus.FAILED in statuses:
        return 1
    return 70 if RunStatus.ABORTED in statuses else 0


def _ask(spec: JourneySpec, wish: Wish, place: Place, cohort: Cohort) -> RunAsked:
    run_id = new_id()
    return RunAsked(
        request_id=run_id,
        run_id=run_id,
        journey=spec,
        app=place.app,
        base_url=wish.base_url or place.base_url,
        import_folder=str(place.import_folder),
        evidence_folder=str(place.evidence_folder),
        environment=place.environment,
        cohort=cohort,
        source=RunSource.ADHOC,
        is_headed=wish.is_headed,
        keep_trace=wish.keep_trace,
        masked=place.masked,
    )


def _table_of(file: Path, settings: Settings) -> JourneysSettings | None:
    file = file.resolve()
    for table in settings.journeys:
        path = (settings.folder / table.path.expanduser()).resolve()
        if file == path or path in file.parents:
            return table
    return None
