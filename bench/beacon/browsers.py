"""The Chromium that everything is measured in."""

from __future__ import annotations

import os
import shutil

from playwright.async_api import Browser, Playwright

SWITCHES = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info"]


async def launch(playwright: Playwright) -> Browser:
    shell = os.environ.get("LEADLINE_CHROMIUM") or shutil.which("chromium-headless-shell")
    return await playwright.chromium.launch(executable_path=shell, args=SWITCHES)
