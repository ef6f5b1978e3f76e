"""Starts Playwright's recorder and keeps its output, however it ended, because a recording is work.

Never overwrites a file. leadline/journeys/recorded_code.py does the rewriting.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from leadline.errors import ConfigurationError
from leadline.journeys.recorded_code import NotARecording, rewrite_recording

# Playwright's own name for it: its recorder has no option for the executable.
_EXECUTABLE = "PWTEST_CLI_EXECUTABLE_PATH"


def record_pages(url: str) -> str:
    """The recorder's output. Raises ConfigurationError without a display or browser, or if nothing was recorded."""
    from leadline_probes.browser import find_chromium

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise ConfigurationError(
            "the recorder opens a browser window, and there is no display here (DISPLAY is not set)",
            hint="record on a machine with a screen and copy the file here, or use `ssh -X`",
        )
    chromium = find_chromium(os.environ, is_headed=True)
    environ = {**os.environ, **({_EXECUTABLE: str(chromium)} if chromium else {})}
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "recorded.py"
        command = [sys.executable, "-P", "-m", "playwright", "codegen", "--target", "python-async", "-o", str(recorded)]
        print("recording: close the browser, or press Ctrl-C here, when you are done", file=sys.stderr, flush=True)
        with subprocess.Popen([*command, url], env=environ, stderr=subprocess.PIPE, text=True) as recorder:
            try:
                _, said = recorder.communicate()
            except KeyboardInterrupt:  # it got the same signal
                _, said = recorder.communicate()
        if recorded.exists():
            return recorded.read_text(encoding="utf-8")
        reason = next((line.strip() for line in said.splitlines() if "rror" in line), "no output")
        raise ConfigurationError(
            f"the recorder wrote nothing: {reason}",
            hint="it needs a full Chromium: `sudo apt install chromium`, or `playwright install chromium`",
        )


def write_journey(recorded: str, *, url: str, file: Path, every: str) -> str:
    """Writes the journey to `file`. If the recording can't be rewritten, it is saved next to it, unchanged."""
    function = re.sub(r"\W", "_", file.stem)
    function = f"journey_{function}" if not function.isidentifier() else function
    try:
        text = rewrite_recording(recorded, base_url=url, name=function, every=every)
    except NotARecording as error:
        kept = file.with_suffix(".recorded.txt")
        _write(kept, recorded)
        raise ConfigurationError(str(error), hint=f"the recording is saved in {kept}") from error
    _write(file, text)
    return text


def name_secrets(journey: str) -> list[str]:
    """The variables that the journey's `secret()` calls read, in their order."""
    return list(dict.fromkeys(re.findall(r"\bsecret\(['\"](\w+)['\"]\)", journey)))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise ConfigurationError(f"{file} can't be written: {error.strerror}", hint="give -o another name") from error
