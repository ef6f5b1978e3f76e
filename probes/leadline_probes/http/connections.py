"""From a host to an open connection: name, connection and TLS, each with its own time and error."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from leadline import clock
from leadline.model.web_origins import WebOrigin

# RFC 8305, section 5: the next address is tried when one has not answered for this long.
NEXT_ADDRESS_AFTER_S = 0.25
# Resolving blocks a thread. There are as many as checks at once (leadline/workers/check_worker.py), so that a name
# with silent servers delays only its own check.
RESOLVER_THREADS = 256
# Don't wait for a peer that never answers the end of TLS.
_TLS_SHUTDOWN_S = 1.0
# The reader pauses at twice this: unread data stays in the kernel's buffer.
_BUFFER_BYTES = 64 * 1024

Phase = Literal["resolve", "connect", "tls", "answer", "body"]
_Address = tuple[int, tuple[Any, ...]]

_resolvers = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")


@dataclass(slots=True)
class Timing:
    """How long each phase took, in milliseconds, summed over the redirects of a check; None if not needed."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None

    def add(self, name: Literal["dns_ms", "connect_ms", "tls_ms", "first_byte_ms"], since_s: float) -> None:
        spent_ms = (clock.monotonic_s() - since_s) * 1000
        setattr(self, name, round((getattr(self, name) or 0.0) + spent_ms, 3))


@dataclass(slots=True)
class Way:
    """The phase of a check, for errors and timeouts."""

    timing: Timing
    phase: Phase = "resolve"
    origin: WebOrigin | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What the server showed, as `SSLObject.getpeercert` gives it; None without TLS."""
        shown: dict[str, Any] | None = self.writer.get_extra_info("peercert")
        return shown

    def close(self) -> None:
        """At once, and without waiting for the other side."""
        self.writer.close()


async def open_connection(way: Way, origin: WebOrigin, tls: ssl.SSLContext) -> Connection:
    """A connection to `origin`. socket.gaierror, ssl.SSLError or OSError, with `way.phase` saying where."""
    way.origin = origin
    way.phase = "resolve"
    addresses = await _resolve(way, origin)
    way.phase = "connect"
    started_s = clock.monotonic_s()
    sock = await _connect(addresses)
    way.timing.add("connect_ms", started_s)
    try:
        if origin.scheme != "https":
            reader, writer = await asyncio.open_connection(sock=sock, limit=_BUFFER_BYTES)
        else:
            way.phase = "tls"
            started_s = clock.monotonic_s()
            reader, writer = await asyncio.open_connection(
                sock=sock,
                limit=_BUFFER_BYTES,
                ssl=tls,
                server_hostname=origin.bare_host,
                ssl_shutdown_timeout=_TLS_SHUTDOWN_S,
            )
            way.timing.add("tls_ms", started_s)
    except BaseException:
        sock.close()
        raise
    way.phase = "answer"
    return Connection(reader, writer)


async def _resolve(way: Way, origin: WebOrigin) -> list[_Address]:
    """The addresses of a host, IPv6 and IPv4 in turns as the system orders them."""
    host = origin.bare_host
    if origin.is_address:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return [(family, (host, origin.port, 0, 0) if ":" in host else (host, origin.port))]
    if host.endswith(".localhost"):
        # Browsers ask nobody, and few resolvers know it: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
        return [(socket.AF_INET6, ("::1", origin.port, 0, 0)), (socket.AF_INET, ("127.0.0.1", origin.port))]
    started_s = clock.monotonic_s()
    found = await asyncio.get_running_loop().run_in_executor(_resolvers, _ask_system, host, origin.port)
    way.timing.add("dns_ms", started_s)
    return _in_turns([(family, address) for family, _, _, _, address in found])


def _ask_system(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _in_turns(addresses: Sequence[_Address]) -> list[_Address]:
    first = addresses[0][0]
    ones = [address for address in addresses if address[0] == first]
    others = [address for address in addresses if address[0] != first]
    mixed: list[_Address] = []
    for place in range(max(len(ones), len(others))):
        mixed += [*ones[place : place + 1], *others[place : place + 1]]
    return mixed


async def _connect(addresses: list[_Address]) -> socket.socket:
    """The first that answers; each gets a head start (RFC 8305). The error is that of the first address, unless only
    that family has no way out of this machine."""
    if len(addresses) == 1:
        return await _connect_one(addresses[0])
    tries: list[asyncio.Task[socket.socket]] = []
    left = list(addresses)
    pending: set[asyncio.Task[socket.socket]] = set()
    try:
        while left or pending:
            if left:
                tries.append(asyncio.create_task(_connect_one(left.pop(0))))
                pending.add(tries[-1])
            done, pending = await asyncio.wait(
                pending, timeout=NEXT_ADDRESS_AFTER_S if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                if task.exception() is None:
                    tries.remove(task)
                    return task.result()
    finally:
        await _give_up(tries)
    errors = [error for task in tries if (error := task.exception()) is not None]
    raise next((error for error in errors if not is_without_network(error)), errors[0])


async def _give_up(tries: list[asyncio.Task[socket.socket]]) -> None:
    """Stops what still connects and closes what connected too late."""
    for task in tries:
        task.cancel()
    for outcome in await asyncio.gather(*tries, return_exceptions=True):
        if isinstance(outcome, socket.socket):
            outcome.close()


async def _connect_one(address: _Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def is_without_network(error: BaseException) -> bool:
    """Whether this machine has no network: then nothing is known about the site."""
    from leadline_probes.network import OURS

    return isinstance(error, OSError) and error.errno in OURS
