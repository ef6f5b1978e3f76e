"""What an HTTP check met: the site's fault or ours, as docs/causes.md has it for journeys too."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp

from leadline.journeys import Failure
from leadline.model.runs import Cause, RunStatus

# This machine has no way out, or no descriptors left: nothing is known about the site.
_OURS = {errno.ENETUNREACH, errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class TooManyRedirects(Exception):
    """The site sends on and on."""


def judge_check_error(error: Exception, *, timeout_s: float) -> Failure:
    """Cause and one line. What is not known here is a bug of ours and says nothing about the site."""
    match error:
        case TimeoutError():
            return _failed(Cause.TIMEOUT, f"no answer within {timeout_s:g} s")
        case TooManyRedirects():
            return _failed(Cause.STATUS_CODE, str(error))
        case aiohttp.ClientConnectorDNSError():
            return _failed(Cause.NAME_NOT_RESOLVED, f"the name {error.host} can't be resolved")
        case aiohttp.ClientConnectorCertificateError():
            return _failed(Cause.CERTIFICATE, _certificate_reason(error.certificate_error))
        case aiohttp.ClientSSLError():
            return _failed(Cause.CERTIFICATE, f"TLS failed: {error}")
        case aiohttp.ClientConnectorError():
            return _judge_connect(error)
        case aiohttp.ServerDisconnectedError():
            return _failed(Cause.CONNECTION_FAILED, "the server closed the connection without an answer")
        case aiohttp.InvalidURL():
            return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, f"not an address: {error}")
        case aiohttp.ClientError() | OSError():
            return _failed(Cause.CONNECTION_FAILED, f"the connection failed: {error}")
        case _:
            return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, f"{type(error).__name__}: {error}")


def _judge_connect(error: aiohttp.ClientConnectorError) -> Failure:
    reason = error.os_error
    if isinstance(reason, socket.gaierror):
        return _failed(Cause.NAME_NOT_RESOLVED, f"the name {error.host} can't be resolved")
    where = f"{error.host}:{error.port}"
    if reason.errno in _OURS:
        return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, f"this machine can't connect: {reason.strerror}")
    if reason.errno == errno.ECONNREFUSED or isinstance(reason, ConnectionRefusedError):
        return _failed(Cause.CONNECTION_REFUSED, f"{where} refused the connection")
    if reason.errno == errno.ETIMEDOUT:
        return _failed(Cause.TIMEOUT, f"{where} does not answer")
    return _failed(Cause.CONNECTION_FAILED, f"no connection to {where}: {reason.strerror or reason}")


def _certificate_reason(error: Exception) -> str:
    reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
    return f"bad certificate: {reason}"


def _failed(cause: Cause, message: str) -> Failure:
    return Failure(RunStatus.FAILED, cause, message)
