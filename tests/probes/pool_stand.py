"""A pool beside a site: writes journeys as text, runs them, gives results. For tests that need the real thing."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from probes.faulty_site import FaultySite, open_site

from leadline import clock
from leadline.model import CheckSpec, Cohort, JourneySpec, RunResult
from leadline.model.worker_messages import CheckAsked, RunAsked
from leadline.workers import WorkerPool


class Stand:
    def __init__(self, pool: WorkerPool, site: FaultySite, folder: Path, faults: list[str]) -> None:
        self.pool = pool
        self.site = site
        self.folder = folder
        self.evidence = folder / "evidence"
        self.faults = faults

    def write(self, body: str, *, name: str | None = None, declare: str = 'every="1m"', top: str = "") -> JourneySpec:
        """A journey file whose function has this body."""
        name = name or f"journey_{clock.new_id().lower()}"
        path = self.folder / "journeys" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "import asyncio, os, sys, time\nfrom leadline import expect, journey, secret\n"
            f"{textwrap.dedent(top)}\n@journey({declare})\nasync def {name}(run, page):\n"
            f"{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        )
        return JourneySpec(name=name, path=str(path), every_s=60.0)

    def ask(self, spec: JourneySpec, **fields: Any) -> RunAsked:
        fields = {"base_url": self.site.url, **fields}
        return RunAsked(
            request_id="",
            run_id=fields.pop("run_id", None) or clock.new_id(),
            journey=spec,
            app="shop",
            import_folder=str(self.folder),
            evidence_folder=str(self.evidence),
            **fields,
        )

    async def run(
        self,
        body: str,
        *,
        deadline_s: float = 30.0,
        timeout_ms: float = 10_000.0,
        budget_ms: float | None = None,
        top: str = "",
        on_step: Callable[[Any], None] | None = None,
        **fields: Any,
    ) -> RunResult:
        """Write, run, result."""
        written = self.write(body, top=top)
        spec = JourneySpec(
            name=written.name,
            path=written.path,
            every_s=60.0,
            deadline_s=deadline_s,
            timeout_ms=timeout_ms,
            budget_ms=budget_ms,
        )
        return await self.pool.run(self.ask(spec, **fields), on_step=on_step)

    async def check(self, url: str, *, cohort: Cohort | None = None, **fields: Any) -> RunResult:
        spec = CheckSpec(name="api", app="shop", url=url, every_s=30.0, **fields)
        return await self.pool.check(
            CheckAsked(request_id="", run_id=clock.new_id(), check=spec, cohort=cohort or Cohort())
        )

    def evidence_of(self, result: RunResult, kind: str) -> Path:
        return next(self.evidence / piece.path for piece in result.evidence if piece.kind == kind)


@asynccontextmanager
async def open_stand(folder: Path, *, size: int = 1, **pool_options: Any) -> AsyncIterator[Stand]:
    """A started pool of `size` browsers (0: for checks only) and a site."""
    faults: list[str] = []
    async with open_site() as site:
        pool = WorkerPool(
            size=size,
            import_folder=folder,
            evidence_folder=folder / "evidence",
            on_fault=faults.append,
            **pool_options,
        )
        await pool.start()
        try:
            yield Stand(pool, site, folder, faults)
        finally:
            await pool.close(grace_s=1.0)
