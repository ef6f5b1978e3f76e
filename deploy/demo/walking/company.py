"""The processes of a walk: started in order, ended in reverse, and gone when the walk is, however it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from walking.places import DEMO, Places

# `leadline up` drains within 10 s of SIGTERM (its promise); a process that still runs after that is killed.
GRACE_S = 12.0
# `up` has no parent of its own to die with: this makes it one.
LEADLINE_UP = (
    "from leadline.workers.lifeline import die_with_parent; die_with_parent(); "
    "import sys; from leadline.cli import main; sys.exit(main())"
)


class Gone(Exception):
    """A process of the walk ended before it was asked to; `code` is its exit code, the text has its last words."""

    def __init__(self, text: str, *, code: int) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Company:
    """The running processes. `end` may be called twice."""

    places: Places
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_shop(self, *, seed: int) -> None:
        places = self.places
        arguments = ["--port", str(places.port + 2), "--collector", places.collector_url, "--seed", str(seed)]
        self._start("shop", ["-m", "shop", *arguments, "--canary-share", "0"], cwd=DEMO)

    def start_receiver(self) -> None:
        self._start("receiver", ["-m", "receiver", "--port", str(self.places.port + 3)], cwd=DEMO)

    def start_visitors(self, *, seed: int, per_second: float) -> None:
        arguments = ["--shop", self.places.shop_url, "--seed", str(seed), "--per-second", str(per_second)]
        self._start("visitors", ["-m", "visitors", *arguments], cwd=DEMO)

    def start_phones(self, *, seed: int, per_second: float) -> None:
        arguments = ["--collector", self.places.collector_url, "--seed", str(seed), "--per-second", str(per_second)]
        self._start("phones", ["-m", "phones", *arguments], cwd=DEMO)

    def start_leadline(self) -> None:
        self._start(
            "leadline", ["-P", "-c", LEADLINE_UP, "up", "-c", str(self.places.settings_file)], cwd=self.places.folder
        )

    def check(self) -> None:
        """Raises Gone if a process has ended."""
        for name, process in self.running.items():
            if (code := process.poll()) is not None:
                raise Gone(f"{name} ended with {code}:\n{self.last_words(name)}", code=code)

    def last_words(self, name: str, *, lines: int = 12) -> str:
        with contextlib.suppress(OSError):
            said = self.log_of(name).read_text(errors="replace").splitlines()
            return "\n".join(f"  {line}" for line in said[-lines:]) or "  it said nothing"
        return "  it said nothing"

    def log_of(self, name: str) -> Path:
        return self.places.home / f"{name}.log"

    def thin_out_visitors(self) -> None:
        """Fewer come from now on; a visit that is under way loses nothing."""
        self.running["visitors"].send_signal(signal.SIGUSR1)

    def slow_down(self, *, seed: int, per_second: float) -> None:
        """Fewer visitors, for a demo that stays: it shares a laptop with other things."""
        _end(self.running.pop("visitors"))
        self.start_visitors(seed=seed, per_second=per_second)
        if (phones := self.running.pop("phones", None)) is not None:
            _end(phones)
            self.start_phones(seed=seed, per_second=per_second)

    def end(self) -> None:
        """Asks each to end, the visitors first and the receiver last, and kills what does not."""
        for name in ("visitors", "phones", "leadline", "shop", "receiver"):
            process = self.running.pop(name, None)
            if process is not None:
                _end(process)

    def _start(self, name: str, arguments: Sequence[str], *, cwd: Path) -> None:
        environment = os.environ | {"LEADLINE_PARENT_PID": str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        with self.log_of(name).open("ab") as log:
            # A session of its own: Ctrl-C on the terminal reaches the walk alone, which ends the others in order.
            self.running[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end; then kills what is left of its session, such as a browser that lost its owner."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
