"""Playwright's trace viewer for a file on this machine: the command that opens it, and whether there is a display."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from leadline.errors import ConfigurationError

WITHOUT_PLAYWRIGHT = "https://trace.playwright.dev opens it too; the file stays in your browser"


def viewer_command(trace: Path) -> list[str]:
    """The command that starts the viewer; ConfigurationError if Playwright is not installed."""
    if importlib.util.find_spec("playwright") is None:
        raise ConfigurationError(
            f"Playwright is not installed here, so {trace} can't be opened", hint=WITHOUT_PLAYWRIGHT
        )
    return [sys.executable, "-m", "playwright", "show-trace", str(trace)]


def as_words(command: list[str]) -> str:
    """The command as typed into a shell."""
    return shlex.join(command)


def has_display(environ: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Whether a window can be shown: always on macOS and Windows, elsewhere if a display is set."""
    return platform in ("darwin", "win32") or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_viewer(command: list[str]) -> int:
    """Runs until the window is closed; its exit code."""
    return subprocess.run(command, check=False).returncode
