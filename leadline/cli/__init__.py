"""The command: `leadline`. It may start any service and is imported by nobody.

It imports nothing heavy before a command needs it: `leadline --help` works without Typer, and each command imports its
technology inside its function.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from leadline import __version__

COMPLETING = "_LEADLINE_COMPLETE"  # as Typer names it, from the program's name


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: the console script and `python -m leadline`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if COMPLETING in os.environ:  # the shell asks for completions and passes no arguments
        words = words or ["complete"]
    if words in ([], ["--help"], ["-h"], ["help"]):
        from leadline.cli.front_page import FRONT_PAGE

        sys.stdout.write(FRONT_PAGE)
        return 0
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"leadline {__version__}\n")
        return 0
    from leadline.cli.edge import run_command

    return run_command(words)
