"""A saved file becomes what runs: read, checked as at a start, handed over whole. A broken one is said and kept out.

Refuses to hand over anything half: as long as one key, target or journey file is wrong, everything goes on as it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError
from leadline.model import JourneySpec, Target
from leadline.model.worker_messages import JourneyProblem
from leadline.settings import Settings, load_settings
from leadline.settings.fixed import find_fixed
from leadline_scheduler.monitors import Monitor, list_not_yet
from leadline_scheduler.saved_files import Stamps, keep_code, read_stamps
from leadline_scheduler.startup import Discoverer, read_monitors, read_targets

log = logging.getLogger(__name__)

# A saved file takes effect within 2 s: half a second until it is seen, the rest to import the journeys.
LOOK_EVERY_S = 0.5
# A file that is named by a `*_file` key can change without leadline.toml: everything is read again this often.
READ_ANYWAY_S = 10.0
# An editor may write a file in several steps: it is read when two looks this far apart saw the same.
_SETTLE_S = 0.1
_MOST_SETTLES = 10


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
    """Raises ConfigurationError with everything that is wrong."""
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
    """`problem` says why what is saved is not what runs; None where it is."""

    def __init__(self, running: Plan, discoverer: Discoverer) -> None:
        self.problem: str | None = None
        self._started_with = running.settings
        self._running = running
        self._seen = Stamps((0, 0, 0), running.code)  # read once at the first look: it may be saved while we start
        self._read_s = monotonic_s()
        self._discoverer = _Remembering(discoverer)

    async def look(self) -> Plan | None:
        """The new plan, where something was saved that can be used."""
        stamps = await self._settled()
        if stamps == self._seen and monotonic_s() - self._read_s < READ_ANYWAY_S:
            return None
        self._seen, self._read_s = stamps, monotonic_s()
        try:
            settings = await asyncio.to_thread(load_settings, self._running.settings.file)
            if dict(settings) == dict(self._running.settings) and stamps.code == self._running.code:
                self._clear()
                return None
            self._discoverer.turn_to(stamps.code)
            plan = await read_plan(
                settings, self._discoverer, code=stamps.code, run_folder=self._started_with.paths.run
            )
        except ConfigurationError as error:
            self.refuse(str(error))
            return None
        fixed = [str(problem) for problem in find_fixed(self._started_with, settings)]
        return replace(plan, warnings=[*plan.warnings, *fixed])

    def accept(self, plan: Plan) -> None:
        """It runs now."""
        for warning in plan.warnings:
            if warning not in self._running.warnings:
                log.warning("%s", warning)
        self._running = plan
        self._clear()
        log.info("what was saved is in force: %d monitors", len(plan.monitors))

    def refuse(self, problem: str) -> None:
        """It does not run, and everything goes on as it was."""
        if problem != self.problem:
            log.error("what was saved can't be used, and everything goes on as it was:\n%s", problem)
        self.problem = problem

    def _clear(self) -> None:
        if self.problem is not None:
            log.info("what is saved can be used again")
        self.problem = None

    async def _settled(self) -> Stamps:
        stamps = await asyncio.to_thread(read_stamps, self._running.settings)
        for _ in range(_MOST_SETTLES if stamps != self._seen else 0):
            await asyncio.sleep(_SETTLE_S)
            before, stamps = stamps, await asyncio.to_thread(read_stamps, self._running.settings)
            if stamps == before:
                break
        return stamps


class _Remembering:
    """Imports no file again that was not saved: a process and Playwright's import cost a second."""

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
            if not known[1]:  # what failed may be mended by something that is no Python file here
                self._found[tuple(paths)] = known
        return known


def _list_warnings(settings: Settings, *, has_monitors: bool) -> list[str]:
    warnings = list_not_yet(settings)
    if not settings.notify.targets:
        warnings.append("[notify] names no target: incidents are recorded, nobody is paged")
    if not has_monitors:
        warnings.append("no journey and no check runs here")
    return warnings
