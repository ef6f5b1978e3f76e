"""Several collector processes on one listening socket, each with its own log. Restarts dead ones; receives nothing
itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from types import FrameType

from leadline.clock import monotonic_s
from leadline.settings import Settings
from leadline.settings.watch import SettingsWatch
from leadline.workers.restarts import Restarts
from leadline_collector.collector import HELD_TABLES

MODULE = "leadline_collector.processes.worker"
POLL_S = 0.2
# A second less than our own supervisor allows.
GRACE_S = 9.0
_log = logging.getLogger("leadline.collector")


@dataclass(slots=True)
class _Worker:
    """One slot for a worker; `start_at_s` while it is empty."""

    process: subprocess.Popen[bytes]
    started_s: float
    restarts: Restarts = field(default_factory=Restarts)
    start_at_s: float | None = None


def supervise(settings: Settings, listening: socket.socket) -> int:
    """Blocks until SIGTERM; 0 once every worker has ended by itself, 70 if one had to be killed."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    watch = SettingsWatch(settings, tell=_stay_quiet, tables=HELD_TABLES)
    restart_with = settings
    workers = [
        _Worker(_start(settings, listening, number), monotonic_s()) for number in range(settings.collector.workers)
    ]
    while not ending.wait(POLL_S):
        if (saved := watch.look_now()) is not None:
            watch.accept(saved)
            if not saved.notices:  # a worker reads the whole text: a change of the home must wait for our next start
                restart_with = saved.settings
        for number, worker in enumerate(workers):
            if worker.start_at_s is None and (code := worker.process.poll()) is not None:
                ran_s = monotonic_s() - worker.started_s
                worker.restarts, delay_s = worker.restarts.after_death(ran_s=ran_s)
                worker.start_at_s = monotonic_s() + delay_s
                _log.error("worker %s ended with %s and is started again in %g s", number, code, delay_s)
            elif worker.start_at_s is not None and monotonic_s() >= worker.start_at_s:
                worker.process, worker.started_s = _start(restart_with, listening, number), monotonic_s()
                worker.start_at_s = None
    listening.close()  # new connections are rejected at once, instead of waiting for a worker that has gone
    return _end([worker.process for worker in workers])


def _stay_quiet(level: int, text: str) -> None:
    """Logs nothing: the workers report on a saved file."""


def _start(settings: Settings, listening: socket.socket, worker: int) -> subprocess.Popen[bytes]:
    descriptor = listening.fileno()
    process = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "leadline_collector.processes.worker",
            str(settings.file),
            str(descriptor),
            str(worker),
        ],
        stdin=subprocess.PIPE,
        pass_fds=[descriptor],
        env={**os.environ, "LEADLINE_PARENT_PID": str(os.getpid())},
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:  # it is dead already: the next look sees it
        pipe.write(settings.places.source.encode())
    return process


def _end(workers: list[subprocess.Popen[bytes]]) -> int:
    for process in workers:
        process.terminate()
    deadline_s = monotonic_s() + GRACE_S
    code = 0
    for worker, process in enumerate(workers):
        try:
            process.wait(timeout=max(0.0, deadline_s - monotonic_s()))
        except subprocess.TimeoutExpired:
            _log.error("worker %s did not end in %s s and is killed", worker, GRACE_S)
            process.kill()
            process.wait()
            code = 70
    return code
