"""Which version served a step, and how its main document was answered: read from the heads that marking sees.

The order of DESIGN: `X-App-Version`, then `Server-Timing: version;desc=…`, then `<meta name="version">`, which is
asked of the page only where no header said it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.async_api import Error, Page

from leadline.journeys import StepView
from leadline_probes.marking import Answer
from leadline_probes.served_version import version_in

# Reading one attribute of a page that works takes some ms; a page whose script spins never answers.
_META_TIMEOUT_S = 1.0
_META = "() => document.querySelector('meta[name=version],meta[name=\"app-version\"]')?.content ?? null"


@dataclass(slots=True)
class Viewer:
    """Follows the answers of one run; `view_step` sums up since the last call."""

    status_code: int | None = None
    _main_frame: str | None = None
    _step_version: str | None = None
    _page_version: str | None = None
    _is_page_asked: bool = True
    _bad: tuple[int, str] | None = None

    def see(self, answer: Answer) -> None:
        if 300 <= answer.status < 400:
            return
        version = version_in(answer.headers)
        if answer.resource_type == "Document":
            # The first document of a run is the page's own: a frame has to be in a page first.
            self._main_frame = self._main_frame or answer.frame_id
            if answer.frame_id == self._main_frame:
                self.status_code = answer.status
                parts = urlsplit(answer.url)
                self._bad = (
                    (answer.status, f"{parts.scheme}://{parts.netloc}{parts.path}") if answer.status >= 400 else None
                )
                self._page_version, self._is_page_asked = version, version is not None
        if version is not None:
            self._step_version = version

    @property
    def bad_answer(self) -> tuple[int, str] | None:
        """Status and address of the main document, if it was answered with 400 or more in this step."""
        return self._bad

    async def view_step(self, page: Page) -> StepView:
        version = self._step_version or self._page_version or await self._ask_page(page)
        bad, self._bad, self._step_version = self._bad, None, None
        return StepView(version, *(bad or (None, None)))

    async def _ask_page(self, page: Page) -> str | None:
        if not self._is_page_asked and not page.is_closed():
            try:
                said = await asyncio.wait_for(page.evaluate(_META), _META_TIMEOUT_S)
                self._page_version = str(said).strip() or None if said else None
                self._is_page_asked = True
            except (Error, TimeoutError):
                return None  # mid-navigation or spinning: the next step asks again
        return self._page_version
