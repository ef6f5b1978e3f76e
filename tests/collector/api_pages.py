"""What a browser makes of a service's /docs: its operations, and the hosts that it asked anything of."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from leadline_probes.browser import find_chromium


@dataclass(frozen=True)
class Shown:
    operations: int
    hosts: frozenset[str]
    errors: tuple[str, ...]


def open_docs(url: str) -> Shown:
    """Waits until the first operation stands there."""
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        arguments = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}/docs")
        page.wait_for_selector(".opblock")
        operations = page.locator(".opblock").count()
        browser.close()
    hosts = frozenset(urlsplit(each).netloc for each in asked if not each.startswith("data:"))
    return Shown(operations, hosts, tuple(errors))
