"""Several collector processes on one listening socket, each with its own log. Restarts what dies, takes in nothing."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType

from leadline.clock import monotonic_s
from leadline.settings import Settings
from leadline.settings.watch import SettingsWatch
from leadline_collector.collector import HELD_TABLES

POLL_S = 0.2
# A worker that can't start is not started again at full speed.
RESTART_AFTER_S = 1.0
# A second less than the supervisor above gives us.
GRACE_S = 9.0
_log = logging.getLogger("leadline.collector")


def supervise(settings: Settings, listening: socket.socket) -> int:
    """Blocks until SIGTERM; 0 once every worker has ended by itself, 70 where one had to be killed."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    watch = SettingsWatch(settings, tell=_stay_quiet, tables=HELD_TABLES)
    restart_with = settings
    workers = [_start(settings, listening, worker) for worker in range(settings.collector.workers)]
    while not ending.wait(POLL_S):
        if (saved := watch.look_now()) is not None:
            watch.accept(saved)
            if not saved.notices:  # a worker reads the whole text: one with another home must wait for our next start
                restart_with = saved.settings
        for worker, process in enumerate(workers):
            if process.poll() is not None:
                _log.error("worker %s ended with %s and is started again", worker, process.returncode)
                ending.wait(RESTART_AFTER_S)
                workers[worker] = _start(restart_with, listening, worker)
    listening.close()  # who comes now is refused at once, and does not wait for a worker that has gone
    return _end(workers)


def _stay_quiet(level: int, text: str) -> None:
    """The workers report what became of a save."""


def _start(settings: Settings, listening: socket.socket, worker: int) -> subprocess.Popen[bytes]:
    descriptor = listening.fileno()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "leadline_collector.worker", str(settings.file), str(descriptor), str(worker)],
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
