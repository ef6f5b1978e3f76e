"""The meaning of a journey's exception: the site's fault or ours, the cause, and one line for people.

The table is docs/causes.md; a test goes through it row by row.
"""

from __future__ import annotations

import re

from playwright.async_api import Error
from playwright.async_api import TimeoutError as PlaywrightTimeout

from leadline.errors import LeadlineError
from leadline.journeys import Failure, KpiOutOfBounds, UnexpectedStatus
from leadline.model.runs import Cause, RunStatus

# A page and a phone's notification show about this much; the whole text is in log.txt.
LONGEST_MESSAGE = 400

# Chromium's own names, net/base/net_error_list.h.
_OURS = {
    # this machine's network
    "ERR_INTERNET_DISCONNECTED",
    "ERR_NETWORK_CHANGED",
    "ERR_NETWORK_IO_SUSPENDED",
    "ERR_NETWORK_ACCESS_DENIED",
    "ERR_PROXY_CONNECTION_FAILED",
    # its name servers: not reached, silent, SERVFAIL
    "ERR_NAME_RESOLUTION_FAILED",
    "ERR_DNS_TIMED_OUT",
    "ERR_DNS_SERVER_FAILED",
    "ERR_DNS_MALFORMED_RESPONSE",
    "ERR_DNS_SERVER_REQUIRES_TCP",
    # its memory, disk and descriptors
    "ERR_INSUFFICIENT_RESOURCES",
    "ERR_OUT_OF_MEMORY",
    "ERR_FILE_NO_SPACE",
    "ERR_CACHE_WRITE_FAILURE",
    "ERR_TOO_MANY_SOCKET_STREAMS",
}
_NET_CAUSES = {
    "ERR_NAME_NOT_RESOLVED": Cause.NAME_NOT_RESOLVED,
    "ERR_CONNECTION_REFUSED": Cause.CONNECTION_REFUSED,
    "ERR_CONNECTION_TIMED_OUT": Cause.TIMEOUT,
    "ERR_TIMED_OUT": Cause.TIMEOUT,
    "ERR_HTTP_RESPONSE_CODE_FAILURE": Cause.STATUS_CODE,
    "ERR_TOO_MANY_REDIRECTS": Cause.STATUS_CODE,
    # Nothing went wrong on the way: there was no page to go to (204, a download), or the page went on to another.
    "ERR_ABORTED": Cause.JOURNEY_ERROR,
}
_NET_ERROR = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_CRASHED = ("page crashed", "target crashed", "browser has been closed", "browser closed", "connection closed")


def judge_error(error: BaseException, *, is_browser_alive: bool = True) -> Failure:
    """`is_browser_alive` was checked after the error: with a dead browser the error says nothing about the site."""
    message = one_line(error)
    if not is_browser_alive or _is_crash(error):
        return Failure(RunStatus.ABORTED, Cause.BROWSER_CRASHED, f"the browser crashed: {message}")
    if isinstance(error, UnexpectedStatus):
        return Failure(RunStatus.FAILED, Cause.STATUS_CODE, message)
    if isinstance(error, KpiOutOfBounds):
        return Failure(RunStatus.FAILED, Cause.KPI, message)
    if isinstance(error, AssertionError) or _is_said_by_pytest(error, "Failed"):
        return Failure(RunStatus.FAILED, Cause.ASSERTION, message)
    if isinstance(error, PlaywrightTimeout | TimeoutError):
        return Failure(RunStatus.FAILED, Cause.TIMEOUT, message)
    if isinstance(error, SystemExit):
        return Failure(RunStatus.ABORTED, Cause.WORKER_DIED, f"the journey ended the process: sys.exit({error.code!r})")
    if _is_said_by_pytest(error, "Skipped"):
        return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, f"the journey was skipped: {message}")
    if isinstance(error, KeyboardInterrupt):
        return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, "the journey was interrupted (KeyboardInterrupt)")
    if isinstance(error, LeadlineError):
        return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, message)
    if isinstance(error, Error) and (found := _NET_ERROR.search(error.message)):
        return _judge_network(found[1], message)
    return Failure(RunStatus.FAILED, Cause.JOURNEY_ERROR, f"{type(error).__name__}: {message}")


def one_line(error: BaseException) -> str:
    """The useful lines of an exception as one: Playwright's call log is cut to what was waited for."""
    text = str(error.message if isinstance(error, Error | LeadlineError) else error)
    head, _, log = text.partition("Call log:")
    lines = [line.strip() for line in head.splitlines() if line.strip(" =")]
    waited = next((line.strip(" -") for line in log.splitlines() if "waiting for" in line), None)
    if waited and not any("waiting for" in line for line in lines):
        lines.append(waited)
    line = "; ".join(lines) or type(error).__name__
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def _is_said_by_pytest(error: BaseException, name: str) -> bool:
    """`pytest.fail` and `pytest.skip`, by the names of their classes: pytest need not be installed."""
    return type(error).__name__ == name and any(one.__name__ == "OutcomeException" for one in type(error).__mro__)


def _is_crash(error: BaseException) -> bool:
    return isinstance(error, Error) and any(sign in error.message.lower() for sign in _CRASHED[:2])


def _judge_network(name: str, message: str) -> Failure:
    if name in _OURS:
        return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, message)
    if name in _NET_CAUSES:
        return Failure(RunStatus.FAILED, _NET_CAUSES[name], message)
    if name.startswith(("ERR_CERT_", "ERR_SSL_", "ERR_BAD_SSL")):
        return Failure(RunStatus.FAILED, Cause.CERTIFICATE, message)
    return Failure(RunStatus.FAILED, Cause.CONNECTION_FAILED, message)
