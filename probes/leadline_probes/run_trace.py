"""The trace of one run: begun with its context, kept when the run failed, thrown away whole when it did not.

Playwright never ends what nobody stops: a trace that is merely left with its context keeps the call stacks of every
later run in the driver (more with each run), a folder in the temporary directory for each, and all snapshots on disk
until the browser closes. So each trace is stopped, and its files go before the next run begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Error

# Stopping takes some ms; a driver that is stopped or gone never answers.
_STOP_TIMEOUT_S = 1.0
# Playwright takes a DOM snapshot before, at and after each action. The one before shows what the one after the previous
# action showed, and the viewer falls back on that one. The recorder is found in the page by its name; where a later
# Playwright has another, all snapshots are taken.
_NO_SNAPSHOT_BEFORE = """(() => {
  const name = Object.getOwnPropertyNames(window).find(one => one.startsWith('__playwright_snapshot_streamer_'));
  const recorder = name && window[name];
  if (typeof recorder?.captureSnapshot !== 'function' || typeof recorder._targetGeneration !== 'number') return;
  const capture = recorder.captureSnapshot;
  recorder.captureSnapshot = function (reset) {
    if (reset !== 'targets') return capture.call(this, reset);
    ++this._targetGeneration;
    return null;
  };
})()"""


class RunTrace:
    """`start`, then `keep` or `discard`. `folder` is the browser's `traces_dir`, None where it has one of its own that
    goes with it."""

    def __init__(self, context: BrowserContext, folder: Path | None) -> None:
        self._context = context
        self._folder = folder
        self._is_on = False

    async def start(self, *, has_pictures: bool) -> None:
        tracing: Any = self._context.tracing._impl_obj
        # What the stacks add is source code, which is not kept; they cost a message for each call.
        tracing._start_collecting_stacks = _collect_no_stacks
        await self._context.tracing.start(snapshots=True, screenshots=has_pictures, sources=False)
        self._is_on = True
        if not has_pictures:
            await self._context.add_init_script(_NO_SNAPSHOT_BEFORE)

    async def keep(self, path: Path) -> None:
        """Write the archive; Playwright's Error where there is none to be had."""
        self._is_on = False
        await self._context.tracing.stop(path=path)

    async def discard(self) -> None:
        """Stop it where it still runs, and remove its files. What goes wrong with that is no run's trouble."""
        if self._is_on:
            self._is_on = False
            with contextlib.suppress(Error, TimeoutError):
                await asyncio.wait_for(self._context.tracing.stop(), _STOP_TIMEOUT_S)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


async def _collect_no_stacks(_trace_name: str, _is_live: bool) -> None:
    return None
