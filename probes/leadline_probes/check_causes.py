"""The cause of a failed HTTP check: the site's fault or ours, as in docs/causes.md."""

from __future__ import annotations

import errno
import socket
import ssl

from leadline.journeys import Failure
from leadline.model.runs import Cause, RunStatus
from leadline_probes.body_assertions import BodyDiffers
from leadline_probes.http.bodies import UnreadableBody
from leadline_probes.http.connections import Way
from leadline_probes.http.exchange import BadRequest, HeadTooLarge, ServerClosed
from leadline_probes.http.heads import MOST_HEAD_BYTES, NoHttpAnswer
from leadline_probes.network import OURS, is_no_such_name


class TooManyRedirects(Exception):
    """The site redirects without end."""


class BadRedirect(Exception):
    """The site redirects to an invalid address."""


class WrongStatus(Exception):
    """The last answer has an unexpected status."""


def judge_check_error(error: Exception, way: Way, *, timeout_s: float, excuse: str | None = None) -> Failure:
    """Cause and one line. An unknown error is our bug and says nothing about the site.

    `excuse` is why this process may have missed an answer that came in time.
    """
    match error:
        case WrongStatus() | TooManyRedirects() | BadRedirect():
            return _failed(Cause.STATUS_CODE, str(error))
        case BodyDiffers():
            return _failed(Cause.ASSERTION, str(error))
        case TimeoutError() if not isinstance(error, OSError) or error.errno is None:
            return _judge_timeout(way, timeout_s, excuse)
        case socket.gaierror():
            return _judge_resolver(error, way)
        case ssl.SSLError() if way.phase == "tls":
            return _failed(Cause.CERTIFICATE, _certificate_reason(error))
        case ServerClosed():
            return _failed(Cause.CONNECTION_FAILED, "the server closed the connection without an answer")
        case NoHttpAnswer():
            return _failed(Cause.CONNECTION_FAILED, str(error))
        case HeadTooLarge():
            limit = f"Leadline stops reading a head at {MOST_HEAD_BYTES:,} bytes, as Chromium does"
            return _failed(Cause.CONNECTION_FAILED, f"the head of the answer is too large: {limit}")
        case UnreadableBody() | BadRequest():
            return _ours(str(error))
        case OSError():
            return _judge_connection(error, way)
        case _:
            return _ours(f"{type(error).__name__}: {error}")


def _judge_timeout(way: Way, timeout_s: float, excuse: str | None) -> Failure:
    if excuse is not None:
        return _ours(excuse)
    within = f"within {timeout_s:g} s"
    match way.phase:
        case "resolve":
            return _ours(f"no name server answered for {_host(way)} {within}")
        case "connect":
            return _failed(Cause.TIMEOUT, f"no answer {within}: {_where(way)} takes no connection")
        case "tls":
            return _failed(Cause.TIMEOUT, f"no answer {within}: the TLS handshake did not end")
        case "body":
            return _failed(Cause.TIMEOUT, f"no answer {within}: what is expected in the body did not come")
        case _:
            return _failed(Cause.TIMEOUT, f"no answer {within}")


def _judge_resolver(error: socket.gaierror, way: Way) -> Failure:
    """Only "no such name" is the site's fault: an unreachable name server says nothing about it."""
    host = _host(way)
    if is_no_such_name(error, host):
        return _failed(Cause.NAME_NOT_RESOLVED, f"the name {host} can't be resolved")
    return _ours(f"no name server could be asked for {host}: {error.strerror}")


def _judge_connection(error: OSError, way: Way) -> Failure:
    where = _where(way)
    if error.errno in OURS:
        return _ours(f"this machine can't connect: {error.strerror}")
    if isinstance(error, ConnectionRefusedError):
        return _failed(Cause.CONNECTION_REFUSED, f"{where} refused the connection")
    if error.errno == errno.ETIMEDOUT:
        return _failed(Cause.TIMEOUT, f"{where} does not answer")
    if way.phase == "connect":
        return _failed(Cause.CONNECTION_FAILED, f"no connection to {where}: {error.strerror or error}")
    if way.phase == "tls":
        return _failed(Cause.CERTIFICATE, f"TLS failed: {error.strerror or error or 'the connection was closed'}")
    return _failed(Cause.CONNECTION_FAILED, f"the connection failed: {error.strerror or error or 'it was closed'}")


def _certificate_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"bad certificate: {error.verify_message}"
    return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"


def _host(way: Way) -> str:
    return way.origin.bare_host if way.origin else "the host"


def _where(way: Way) -> str:
    return f"{way.origin.host}:{way.origin.port}" if way.origin else "the site"


def _failed(cause: Cause, message: str) -> Failure:
    return Failure(RunStatus.FAILED, cause, message)


def _ours(message: str) -> Failure:
    return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, message)
