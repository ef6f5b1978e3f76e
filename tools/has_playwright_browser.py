"""Exit 0 where Playwright's own Chromium is installed, 1 where it is not. Asked by tools/setup.py."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    sys.exit(0 if Path(playwright.chromium.executable_path).exists() else 1)
