"""Answers byte for byte what a test wrote: for what no web framework would send."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OddServer:
    """`answers` by path; `asked` holds the heads of the requests, in the order in which they came."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[bytes] = []
        self.port = 0
        self.hosts = ("127.0.0.1",)
        self.is_silent_after = False
        self.dribbles = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lines(self, number: int = -1) -> list[str]:
        return [line.decode("latin-1") for line in self.asked[number].split(b"\r\n") if line]

    def line(self, name: str, number: int = -1) -> str | None:
        """The value of the one header line of that name; AssertionError where there are two."""
        found = [line for line in self.lines(number)[1:] if line.split(":")[0].lower() == name.lower()]
        assert len(found) <= 1, found
        return found[0].partition(":")[2].strip() if found else None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            path = head.split(b" ")[1].decode("latin-1")
            raw = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            for piece in [raw[at : at + 1] for at in range(len(raw))] if self.dribbles else [raw]:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.002 if self.dribbles else 0)
            if self.is_silent_after:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def open_odd_server(host: str = "127.0.0.1") -> AsyncIterator[OddServer]:
    """On a port of its own until the end of the block."""
    odd = OddServer()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = await asyncio.start_server(odd.serve, host, 0, family=family)
    odd.port = server.sockets[0].getsockname()[1]
    try:
        yield odd
    finally:
        server.close()
