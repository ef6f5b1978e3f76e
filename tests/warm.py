"""Services of Leadline as processes of their own that begin with everything imported.

Each start of a service takes two seconds of processor time to import what it stands on, and the tests start hundreds.
So one process per test worker imports it once, and each service is a fork of that (multiprocessing's fork server: it
has no threads and has opened nothing). What is about starting, restarting or installing uses the command itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_PRELOADED = [
    "warm",
    "warm_targets",
    "alembic.command",
    "crawleruseragents",
    "h11",
    "httpcore",
    "leadline.cli.app",
    "leadline.cli.edge",
    "leadline_collector.service",
    "leadline_scheduler.service",
    "leadline_store.service",
    "leadline_web.service",
    "typer._adapters",
    "uvloop",
]
# A process that is forked must have one thread, and pyarrow's allocator would start one in the background.
os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(_PRELOADED)


# The program for `leadline WORDS`.
COMMAND = "import sys; from leadline.cli import main; sys.exit(main())"


class Warm:
    """A Python program with arguments as a process, with what tests use of `subprocess.Popen`."""

    def __init__(
        self,
        program: str,
        *arguments: str,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """`environ` is added to the environment; `log` gets what is written to standard output and error."""
        asked = {**os.environ, **(environ or {})}
        self._process = ForkServerProcess(
            target=_run,
            args=(program, arguments, str(cwd or Path.cwd()), asked, None if log is None else str(log)),
            daemon=True,
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises subprocess.TimeoutExpired if it has not ended in time."""
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise subprocess.TimeoutExpired("leadline", timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def run_command(*words: str, cwd: Path, timeout: float = 60) -> Ran:
    """`leadline WORDS` as a process of its own, to its end."""
    with tempfile.TemporaryDirectory(prefix="leadline-warm-") as folder:
        said, complaints = Path(folder) / "stdout", Path(folder) / "stderr"
        process = Warm(f"{_APART.format(str(complaints))}\n{COMMAND}", *words, cwd=cwd, log=said)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return Ran(code, said.read_text(), complaints.read_text())


# What goes to standard error does not go to the log.
_APART = "import os; os.dup2(os.open({!r}, os.O_WRONLY | os.O_CREAT, 0o644), 2)"


def start_store(settings_file: Path) -> Warm:
    """In the place of `start_service` of leadline.storeclient.on_demand: the store of a command that found none."""
    environ = {"LEADLINE_PARENT_PID": str(os.getpid()), "LEADLINE_STARTED_AGAIN": "1"}
    return Warm(COMMAND, "store", "-c", str(settings_file), environ=environ)


def _run(program: str, arguments: Sequence[str], cwd: str, environ: Mapping[str, str], log: str | None) -> None:
    os.environ.clear()
    os.environ.update(environ)
    if "LEADLINE_PARENT_PID" in environ:  # a service ends with its parent, and that is the fork server
        os.environ["LEADLINE_PARENT_PID"] = str(os.getppid())
    os.chdir(cwd)
    if log is not None:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["leadline", *arguments]
    exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
