"""Before a failure counts against the site: was it the browser, the driver, this machine or its network?"""

from __future__ import annotations

import asyncio
import re
import socket
from urllib.parse import urlsplit

from leadline import clock
from leadline.journeys import Failure
from leadline.model.runs import Cause, RunStatus
from leadline_probes.health import Health
from leadline_probes.network import has_route, is_no_such_name
from leadline_probes.thrown_errors import ThrownErrors

# Chromium says that a navigation was aborted before it says that the page's process is gone: some ms lie between.
_CRASH_FOLLOWS_S = 0.5
# A resolver gives up after 5 s a try; one that has not answered within this time is silent.
_RESOLVER_TIMEOUT_S = 3.0
# Failures that a stopped browser, or one with a dead process, causes. An answer of 500 is none of these.
_MAY_BE_OURS = {
    Cause.TIMEOUT,
    Cause.ASSERTION,
    Cause.CONNECTION_FAILED,
    Cause.CONNECTION_REFUSED,
    Cause.NAME_NOT_RESOLVED,
    Cause.CERTIFICATE,
    Cause.JOURNEY_ERROR,
}
_MAY_BE_LATE = {Cause.TIMEOUT, Cause.ASSERTION}
_ADDRESS = re.compile(r" at (https?://\S+)")
# Playwright's call log of a navigation that did not end.
_NAVIGATING = re.compile(r'navigating to "(https?://[^"\s]+)"')


async def doubt(
    failure: Failure | None,
    *,
    health: Health,
    has_crashed: asyncio.Event,
    thrown: ThrownErrors | None = None,
    awaited: str | None = None,
) -> Failure | None:
    """`failure`, or our own fault that explains it. If it stays *failed*, it is the site's. `awaited` is the host of
    which the run wanted something (`awaited_host`)."""
    if failure is None or failure.cause is Cause.BROWSER_CRASHED:
        return failure
    flood = thrown.flood(clock.monotonic_s()) if thrown is not None else None
    if flood is not None and failure.cause in _MAY_BE_LATE | {Cause.DEADLINE}:
        return Failure(RunStatus.FAILED, Cause.TIMEOUT, f"{flood}; {failure.message}")
    if not await health.is_alive():
        return _crashed(f"the browser does not answer: {failure.message}")
    if failure.status is not RunStatus.FAILED or failure.cause not in _MAY_BE_OURS:
        return failure
    if await _crash_follows(failure, has_crashed):
        return _crashed(f"the page crashed: {failure.message}")
    if (part := health.lost_part()) is not None:
        return _crashed(f"the browser's {part} process died: {failure.message}")
    if failure.cause in _MAY_BE_LATE and (excuse := health.excuse()) is not None:
        return _ours(f"{excuse}; {failure.message}")
    if (reason := await _doubt_name_servers(failure, awaited)) is not None:
        return _ours(f"{reason}; {failure.message}")
    if "ERR_ADDRESS_UNREACHABLE" in failure.message and not has_route():
        return _ours(f"this machine has no network; {failure.message}")
    return failure


async def _crash_follows(failure: Failure, has_crashed: asyncio.Event) -> bool:
    if failure.cause is not Cause.CONNECTION_FAILED or has_crashed.is_set():
        return has_crashed.is_set()
    try:
        await asyncio.wait_for(has_crashed.wait(), _CRASH_FOLLOWS_S)
    except TimeoutError:
        return False
    return True


def awaited_host(error: BaseException | None, base_url: str | None) -> str | None:
    """The host of the navigation that did not end, else that of `base_url`."""
    found = _NAVIGATING.search(str(error)) if error is not None else None
    return urlsplit(found[1] if found else base_url or "").hostname


async def _doubt_name_servers(failure: Failure, awaited: str | None) -> str | None:
    """Chromium has one word for "no such name" and for "no name server answered", and waits for silent ones longer
    than a run waits for a page: the system is asked again."""
    is_of_name = failure.cause is Cause.NAME_NOT_RESOLVED
    if is_of_name:
        found = _ADDRESS.search(failure.message)
        awaited = urlsplit(found[1]).hostname if found else None
    elif failure.cause is not Cause.TIMEOUT:
        return None
    host = awaited
    if not host or (not is_of_name and host.endswith("localhost")):
        return None
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(loop.getaddrinfo(host, None, type=socket.SOCK_STREAM), _RESOLVER_TIMEOUT_S)
    except TimeoutError:
        return f"no name server answers for {host}"
    except socket.gaierror as error:
        return None if is_no_such_name(error, host) else f"no name server could be asked for {host}"
    except (OSError, UnicodeError):
        return None
    return f"the name {host} could not be resolved, and can be now" if is_of_name else None


def _crashed(message: str) -> Failure:
    return Failure(RunStatus.ABORTED, Cause.BROWSER_CRASHED, message)


def _ours(message: str) -> Failure:
    return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, message)
