"""The store service of a home while somebody needs it: the running one, or one started for the caller.

Waits for a service that is starting. One started here first loads what has arrived, and ends with the
caller, however that ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import TypeVar

from leadline.clock import monotonic_s
from leadline.errors import LeadlineError, StoreUnavailable
from leadline.locks import is_held
from leadline.storeclient.blocking_client import StoreClient

STARTING_S = 10.0  # how long a service that is starting is waited for
STARTED_HERE_S = 60.0  # the same for one that was started here: no other command waits for it
END_S = 10.0  # the longest that a service may take to end
LOOK_EVERY_S = 0.05
T = TypeVar("T")


def ask_on_demand(run: Path, settings_file: Path, ask: Callable[[StoreClient], T]) -> T:
    """The result of `ask` with the store service. Raises StoreUnavailable, and errors of `ask`."""
    for is_last in (False, True):
        with _service_of(run, settings_file) as client:
            try:
                return ask(client)
            except StoreUnavailable:
                # Another command's service may have ended in between: then this one starts its own.
                if is_last or is_running(run):
                    raise
    raise AssertionError("unreachable")


def is_running(run: Path) -> bool:
    """Whether a store service runs on this home, or `leadline up`, which starts one."""
    return any(is_held(run / name) for name in ("store.lock", "up.lock"))


@contextmanager
def _service_of(run: Path, settings_file: Path) -> Iterator[StoreClient]:
    client = StoreClient(run, wait_s=STARTING_S)
    if is_running(run):
        yield client
        return
    process = start_service(settings_file)
    try:
        _wait_until_loaded(client, process)
        yield client
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start_service(settings_file: Path) -> subprocess.Popen[bytes]:
    """`leadline store` as a child that ends with this process."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "leadline", "store", "-c", str(settings_file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"LEADLINE_PARENT_PID": str(os.getpid()), "LEADLINE_STARTED_AGAIN": "1"},
        process_group=0,  # a Ctrl-C is the command's; the service ends with it
    )


def _wait_until_loaded(client: StoreClient, process: subprocess.Popen[bytes]) -> None:
    """Waits until arrived data is loaded, or can't be (the service has said why). A long log may take long."""
    give_up_at = monotonic_s() + STARTED_HERE_S
    while True:
        if (code := process.poll()) is not None:
            raise _as_error(code)
        try:
            status = client.status()
        except LeadlineError:
            if monotonic_s() >= give_up_at:
                raise
        else:
            if status.state == "ready" and (status.is_caught_up or status.trouble is not None):
                return
        sleep(LOOK_EVERY_S)


def _as_error(code: int) -> LeadlineError:
    error = StoreUnavailable(
        "no store service runs on this home, and one that was started for this command ended at once",
        hint=f"its output is above (exit code {code}); `leadline store` runs it alone",
    )
    error.exit_code = code if code in (2, 3) else StoreUnavailable.exit_code
    return error
