"""A saved file takes effect: read, checked as at a start, applied as a whole. A broken one is rejected.

Nothing is applied partly: as long as one key, target or journey file is wrong, everything goes on as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leadline.errors import ConfigurationError
from leadline.model import JourneySpec, Target
from leadline.model.worker_messages import JourneyProblem
from leadline.settings import Settings
from leadline.settings.fixed import TABLES
from leadline.settings.watch import Saved, SettingsWatch
from leadline_scheduler.monitors import Monitor, list_not_yet
from leadline_scheduler.saved_files import keep_code, read_code_state
from leadline_scheduler.startup import Discoverer, read_monitors, read_targets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the scheduler runs by.

    `code` names the state of the journeys' files, `snapshot` is where they are kept in that state.
    """

    settings: Settings
    targets: dict[str, Target]
    monitors: list[Monitor]
    warnings: list[str]
    code: str
    snapshot: str = ""


async def read_plan(settings: Settings, discoverer: Discoverer, *, code: str, run_folder: Path) -> Plan:
    """Raises ConfigurationError with all errors."""
    targets = read_targets(settings)
    monitors = await read_monitors(settings, discoverer)
    snapshot = await asyncio.to_thread(keep_code, settings, code, run_folder=run_folder)
    return Plan(
        settings=settings,
        targets=targets,
        monitors=monitors,
        warnings=_list_warnings(settings, has_monitors=bool(monitors)),
        code=code,
        snapshot=snapshot,
    )


class SavedFiles:
    """`problem` says why the saved file is not in force; None if it is."""

    def __init__(self, running: Plan, discoverer: Discoverer) -> None:
        self._running = running
        self._offered: Saved | None = None
        self._discoverer = _Remembering(discoverer)
        self._watch = SettingsWatch(
            running.settings, tell=log.log, tables=TABLES, beside=read_code_state, known=running.code
        )

    @property
    def problem(self) -> str | None:
        return self._watch.problem or None

    async def look(self) -> Plan | None:
        """The new plan, if a usable file was saved."""
        saved = await self._watch.look()
        if saved is None:
            return None
        self._discoverer.turn_to(saved.beside)
        settings = saved.settings
        try:
            plan = await read_plan(settings, self._discoverer, code=saved.beside, run_folder=settings.paths.run)
        except ConfigurationError as error:
            self.refuse(str(error))
            return None
        self._offered = saved
        return replace(plan, warnings=[*plan.warnings, *saved.notices])

    def accept(self, plan: Plan) -> None:
        """The new plan is in force."""
        assert self._offered is not None, "only what a look has found can be accepted"
        self._watch.accept(self._offered)
        for warning in plan.warnings:
            if warning not in self._running.warnings and warning not in self._offered.notices:
                log.warning("%s", warning)
        self._running = plan
        log.info("%d monitors run", len(plan.monitors))

    def refuse(self, problem: str) -> None:
        """The saved file is not in force, and everything goes on as before."""
        self._watch.refuse(problem)


class _Remembering:
    """Imports only saved files again: a process and Playwright's import take a second."""

    def __init__(self, discoverer: Discoverer) -> None:
        self._discoverer = discoverer
        self._code = ""
        self._found: dict[tuple[Path, ...], tuple[list[JourneySpec], list[JourneyProblem]]] = {}

    def turn_to(self, code: str) -> None:
        if code != self._code:
            self._found.clear()
        self._code = code

    async def discover(self, paths: Sequence[Path]) -> tuple[list[JourneySpec], list[JourneyProblem]]:
        known = self._found.get(tuple(paths))
        if known is None:
            known = await self._discoverer.discover(paths)
            if not known[1]:  # a failure may be fixed by a change other than a Python file here
                self._found[tuple(paths)] = known
        return known


def _list_warnings(settings: Settings, *, has_monitors: bool) -> list[str]:
    warnings = list_not_yet(settings)
    if not settings.notify.targets:
        warnings.append("[notify] has no target: incidents are recorded, but nobody is paged")
    if not has_monitors:
        warnings.append("no journey and no check runs here")
    return warnings
