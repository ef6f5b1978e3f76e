"""Finds and launches Chromium for the probes: one browser, marked by its user agent, quiet in the background.

Never downloads anything: if something is missing, a message gives the command that installs it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Error, Playwright

from leadline.errors import BrowserMissing
from leadline.wire.synthetic import USER_AGENT_SUFFIX

CHROMIUM = "LEADLINE_CHROMIUM"

# In order of cost: a full Chromium takes 2.5 times the CPU of headless-shell for a journey (bench/journey).
_HEADLESS = ("chromium-headless-shell", "chrome-headless-shell")
_FULL = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_QUIET = (
    # No update checks, no metrics, no requests that the journey did not cause.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-first-run",
)
_REMEDY = (
    "install one: `sudo apt install chromium-headless-shell`, or "
    "`playwright install --with-deps chromium-headless-shell`; "
    f"or set {CHROMIUM} to the path of a Chromium"
)


def find_chromium(environ: Mapping[str, str], *, is_headed: bool = False) -> Path | None:
    """The executable to use; None means Playwright's own. BrowserMissing if LEADLINE_CHROMIUM names no executable."""
    if named := environ.get(CHROMIUM):
        path = shutil.which(named) or (named if os.access(named, os.X_OK) and Path(named).is_file() else None)
        if path is None:
            raise BrowserMissing(f"{CHROMIUM}={named} is not an executable file", hint=_REMEDY)
        return Path(path)
    names = _FULL if is_headed else (*_HEADLESS, *_FULL)
    for name in names:
        if path := shutil.which(name, path=environ.get("PATH")):
            return Path(path)
    return next((Path(app) for app in _MAC if os.access(app, os.X_OK)), None)


async def launch_chromium(
    playwright: Playwright, *, is_headed: bool = False, traces_folder: Path | None = None
) -> Browser:
    """A running browser that adds our user agent suffix to every request; it writes traces into `traces_folder`."""
    path = _existing(find_chromium(os.environ, is_headed=is_headed), playwright.chromium.executable_path)
    options = _launch_options(path, await asyncio.to_thread(_version_of, path))
    try:
        return await playwright.chromium.launch(
            headless=not is_headed,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            traces_dir=traces_folder,
            **options,
        )
    except Error as error:
        raise BrowserMissing(f"{path} does not start: {_first_reason(error.message)}", hint=_REMEDY) from error


def sync_launch_options(fallback: str) -> dict[str, Any]:
    """Arguments for Playwright's sync `launch` for the same browser; `fallback` is Playwright's own."""
    path = _existing(find_chromium(os.environ), fallback)
    return _launch_options(path, _version_of(path))


def _existing(path: Path | None, fallback: str) -> Path:
    path = path or Path(fallback)
    if not path.is_file():
        raise BrowserMissing("no Chromium was found", hint=_REMEDY)
    return path


def _launch_options(path: Path, version: str) -> dict[str, Any]:
    return {
        "executable_path": path,
        "args": [*_QUIET, f"--user-agent={user_agent(version)}"],
        # Chromium's sandbox does not run as root; all other users keep it.
        "chromium_sandbox": os.geteuid() != 0,
    }


def user_agent(version: str) -> str:
    """The user agent of a person's Chrome of that version (the reduced form that all platforms send), and our
    suffix.
    """
    major = version.partition(".")[0]
    return (
        f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36 "
        f"{USER_AGENT_SUFFIX}"
    )


def _version_of(path: Path) -> str:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False).stdout
    except subprocess.TimeoutExpired:
        said = b""
    found = re.search(rb"(\d+)\.\d+\.\d+(\.\d+)?", said)
    if found is None:
        raise BrowserMissing(f"{path} --version does not name a version", hint=_REMEDY)
    return found[0].decode()


def _first_reason(message: str) -> str:
    """The one line of Playwright's launch log that says why; the log itself is pages long."""
    for line in message.splitlines():
        if "error while loading shared libraries" in line or "Missing" in line or "missing" in line:
            return line.strip()
    return message.splitlines()[0] if message else "no reason given"
