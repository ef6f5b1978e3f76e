"""The only place that turns a command's failures into an exit code and a message.

0 success, 1 the answer is no, 2 usage or configuration, 3 the service can't be reached, 70 an error inside Leadline.
Only this module catches LeadlineErrors; a bug shows its traceback only with LEADLINE_DEBUG.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from leadline.errors import LeadlineError
from leadline.plain_text import as_lines

INTERRUPTED = 130  # 128 + SIGINT, as in shells
OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h


def run_command(arguments: Sequence[str]) -> int:
    """Parses and runs; never raises."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show a character prints "?", not a traceback
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
        return code
    except LeadlineError as error:
        _say(f"leadline: {error}" if error.exit_code != 2 else str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `leadline sql ... | head`: the reader has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("LEADLINE_DEBUG"):
            import traceback

            traceback.print_exc()
        _say(
            f"leadline: internal error, {type(error).__name__}: {error}\n"
            "  This is a bug in Leadline. LEADLINE_DEBUG=1 shows the traceback."
        )
        return OUR_FAULT


def _invoke(arguments: Sequence[str]) -> int:
    from typer._click.exceptions import ClickException
    from typer.exceptions import Abort

    from leadline.cli.app import app

    # SQL may begin with a comment: no option has a space after its dashes.
    words = [f" {word}" if word.startswith("--") and word[2:3].isspace() else word for word in arguments]
    try:
        code = app(args=words, prog_name="leadline", standalone_mode=False)
    except ClickException as error:
        error.show()
        return error.exit_code
    except Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _say(text: str) -> None:
    try:
        sys.stderr.write(as_lines(text) + "\n")  # it may quote a version or a name that a stranger made up
        sys.stderr.flush()
    except OSError:  # nobody reads stderr; the exit code still tells
        return
