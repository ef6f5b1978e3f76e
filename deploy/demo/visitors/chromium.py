"""A Chromium for people: launched with the agent string of an ordinary one, so that nothing takes it for a journey."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

# The same order as the set-up's: what is installed is used, then what Playwright has downloaded.
INSTALLED = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Nothing of these calls home or runs in the background: the demo shares its cores with the services.
QUIET = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--mute-audio")
FALLBACK_MAJOR = 156


def find_chromium() -> str | None:
    """The one that LEADLINE_CHROMIUM names, as for journeys; else an installed one, or None for Playwright's own."""
    if named := os.environ.get("LEADLINE_CHROMIUM"):
        return named
    return next((path for name in INSTALLED if (path := shutil.which(name))), None)


def launch_arguments(executable: str | None) -> list[str]:
    """The switches; as root Chromium has no sandbox to offer."""
    agent = (
        f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{_major(executable)}.0.0.0 Safari/537.36"
    )
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*QUIET, *sandbox, f"--user-agent={agent}"]


def _major(executable: str | None) -> int:
    if executable is None or not Path(executable).exists():
        return FALLBACK_MAJOR
    try:
        said = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return FALLBACK_MAJOR
    found = re.search(r"(\d+)\.\d+\.\d+\.\d+", said)
    return int(found[1]) if found else FALLBACK_MAJOR
