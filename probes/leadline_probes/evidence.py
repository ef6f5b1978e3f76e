"""The evidence of a run that did not pass: every file without secrets, and each with a time limit.

It never fails a run: missing evidence is a line in the log.
"""

from __future__ import annotations

import asyncio
import base64
import os
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from playwright.async_api import CDPSession, Error, Page

from leadline.model.runs import Evidence, EvidenceKind
from leadline_probes.masking import MASK, Mask
from leadline_probes.page_facts import look_at_pages
from leadline_probes.run_log import RunLog
from leadline_probes.run_trace import RunTrace
from leadline_probes.trace_reading import read_trace
from leadline_probes.video import find_ffmpeg, write_video

# A page with a looping script does not answer: each piece has this time, and all fit into the deadline's margin.
PIECE_TIMEOUT_S = 3.0

# A journey has one page or two; of more, these show enough.
MOST_SCREENSHOTS = 4

# Blanks everything readable on the screenshot: values of inputs, texts, also in open shadow roots.
_BLANK = """([secrets, mask]) => {
  const clean = text => secrets.reduce((rest, secret) => rest.split(secret).join(mask), text);
  const visit = root => {
    for (const element of root.querySelectorAll('*')) {
      if (typeof element.value === 'string' && element.value !== clean(element.value)) {
        element.value = clean(element.value);
      }
      for (const attribute of element.attributes) {
        if (attribute.value !== clean(attribute.value)) attribute.value = clean(attribute.value);
      }
      if (element.shadowRoot) visit(element.shadowRoot);
    }
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeValue !== clean(node.nodeValue)) node.nodeValue = clean(node.nodeValue);
    }
  };
  visit(document);
}"""


class EvidenceFolder:
    """`<evidence>/<date>/<run_id>/`, made when the first piece is written."""

    def __init__(self, root: Path, *, run_id: str, started_at: datetime) -> None:
        self._root = root
        self._folder = root / started_at.date().isoformat() / run_id
        self._kept: list[Evidence] = []

    @property
    def kept(self) -> tuple[Evidence, ...]:
        """Pictures in the order of their names: the page that failed is the first."""
        return tuple(sorted(self._kept, key=lambda one: (one.kind != "screenshot", len(one.path), one.path)))

    def place(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / name

    def write(self, kind: EvidenceKind, name: str, content: bytes) -> None:
        """One file, already masked. OSError if it can't be written."""
        path = self.place(name)
        path.write_bytes(content)
        self.keep(kind, path)

    def path_of(self, piece: Evidence) -> Path:
        return self._root / piece.path

    def keep(self, kind: EvidenceKind, path: Path) -> None:
        self._kept.append(
            Evidence(kind=kind, path=path.relative_to(self._root).as_posix(), size_bytes=path.stat().st_size)
        )


async def keep_trace(trace: RunTrace, folder: EvidenceFolder, mask: Mask, log: RunLog, *, number: int = 1) -> None:
    """Stops tracing and keeps the archive. Call it first: the blanking that follows must not be in it. `number` is
    that of the context, where a run has several."""

    async def save() -> None:
        path = folder.place("trace.zip" if number == 1 else f"trace-{number}.zip")
        try:
            await trace.keep(path)
            mask.zip(path)
        except BaseException:
            path.unlink(missing_ok=True)  # unmasked or half written
            raise
        folder.keep("trace", path)
        if number == 1:
            _keep_trace_facts(path, folder, log)

    await _try("trace", save, log)


async def keep_video(folder: EvidenceFolder, log: RunLog) -> None:
    """Of the kept trace's pictures, `video.webm`; nothing where this machine has no ffmpeg."""
    trace = next((folder.path_of(one) for one in folder.kept if one.kind == "trace"), None)
    ffmpeg = find_ffmpeg(os.environ)
    if trace is None or ffmpeg is None:
        return

    async def save() -> None:
        place = folder.place("video.webm")
        if (trouble := await write_video(trace, place, ffmpeg)) is not None:
            log.note(f"no video: {trouble}")
        else:
            folder.keep("video", place)

    await _try("video", save, log)


def _keep_trace_facts(trace: Path, folder: EvidenceFolder, log: RunLog) -> None:
    """`console.txt` and `requests.har`, out of the masked trace."""
    try:
        facts = read_trace(trace)
    except (OSError, zipfile.BadZipFile, ValueError, LookupError) as error:
        log.note(f"no console.txt and requests.har: {error!r}")
        return
    folder.write("console", "console.txt", facts.console.encode(errors="replace"))
    folder.write("requests", "requests.har", facts.requests)


async def keep_pages(pages: list[tuple[Page, str | None]], folder: EvidenceFolder, mask: Mask, log: RunLog) -> None:
    """`pages.json`: address, version and vitals of the open pages."""

    async def save() -> None:
        facts = await look_at_pages(pages[:MOST_SCREENSHOTS])
        folder.write("pages", "pages.json", mask.raw(msgspec.json.format(msgspec.json.encode(facts), indent=2)))

    await _try("pages.json", save, log)


async def keep_screenshots(pages: list[Page], folder: EvidenceFolder, secrets: list[str], log: RunLog) -> None:
    """A picture of each page, the one that failed first: `screenshot.png`, `screenshot-2.png` and so on."""
    names = ["screenshot.png", *(f"screenshot-{number}.png" for number in range(2, MOST_SCREENSHOTS + 1))]
    taken = pages[:MOST_SCREENSHOTS]
    await asyncio.gather(
        *(_keep_screenshot(page, name, folder, secrets, log) for page, name in zip(taken, names, strict=False))
    )
    if len(pages) > len(taken):
        log.note(f"{len(pages)} pages were open: pictures of the first {len(taken)} are kept")


async def _keep_screenshot(page: Page, name: str, folder: EvidenceFolder, secrets: list[str], log: RunLog) -> None:
    """A screenshot without secrets; none if they could not be blanked."""

    async def save() -> None:
        session = await page.context.new_cdp_session(page)
        # Playwright's own screenshot would wait for a hanging navigation.
        await session.send("Page.stopLoading")
        if secrets:
            for frame in page.frames:
                await frame.evaluate(_BLANK, [secrets, MASK])
        path = folder.place(name)
        path.write_bytes(await _shoot(session))
        folder.keep("screenshot", path)

    if not page.is_closed():
        await _try(name, save, log)


def keep_attachments(attached: Mapping[str, bytes], folder: EvidenceFolder, mask: Mask) -> None:
    """The journey's attachments, masked."""
    for name, content in attached.items():
        folder.write("attachment", mask.text(name), mask.raw(content))


def keep_log(folder: EvidenceFolder, mask: Mask, log: RunLog) -> None:
    """Written last, so that it can list missing evidence."""
    path = folder.place("log.txt")
    path.write_text(mask.text(log.text()), encoding="utf-8")
    folder.keep("log", path)


async def _shoot(session: CDPSession) -> bytes:
    """The picture as PNG. Chromium's page about a failed load has nothing to shoot in its first moments."""
    while True:
        try:
            shot = await session.send("Page.captureScreenshot", {"format": "png"})
        except Error as error:
            if "Unable to capture" not in error.message:
                raise
            await asyncio.sleep(0.05)
        else:
            return base64.b64decode(shot["data"])


async def _try(what: str, save: Callable[[], Awaitable[None]], log: RunLog) -> None:
    try:
        await asyncio.wait_for(save(), PIECE_TIMEOUT_S)
    except TimeoutError:
        log.note(f"no {what}: the browser did not give one within {PIECE_TIMEOUT_S:g} s")
    except (Error, OSError) as error:
        log.note(f"no {what}: {error}")
