"""Whether a started service is ready: /readyz on a port, the store's status, the scheduler's status file.

Plain sockets, so that the supervisor stays small and loads no HTTP client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline.settings.addresses import reach, split_listen

ANSWER_S = 2.0  # a service that takes longer to answer is not ready
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a service reports about itself."""

    is_ready: bool
    said: dict[str, Any] = field(default_factory=dict)


async def answers_ready(listen: str) -> bool:
    """Whether GET /readyz answers 200."""
    readiness = await ask_ready(listen)
    return readiness is not None and readiness.is_ready


async def answers_open(path: Path, *, pid: int) -> bool:
    """Whether the store service with this pid has opened its store."""
    said = await ask_store_status(path)
    return said is not None and said.said.get("pid") == pid and said.is_ready


async def ask_store_status(path: Path) -> Readiness | None:
    """The status from the store service at this socket; None if nothing answers within ANSWER_S."""
    try:
        async with asyncio.timeout(ANSWER_S):
            answer = await _ask(*await asyncio.open_unix_connection(path), host="store", asked="/status")
    except (OSError, TimeoutError):
        return None
    return None if answer is None else Readiness(answer.said.get("state") == "ready", answer.said)


async def ask_ready(listen: str) -> Readiness | None:
    """The answer of GET /readyz; None if nothing answers within ANSWER_S."""
    host, port = reach(listen)
    try:
        async with asyncio.timeout(ANSWER_S):
            connection = await asyncio.open_connection(host, port)
            return await _ask(*connection, host=_host_header(listen), asked="/readyz")
    except (OSError, TimeoutError):
        return None


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, host: str, asked: str
) -> Readiness | None:
    try:
        writer.write(f"GET {asked} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while len(answer) < MOST_BYTES and (part := await reader.read(MOST_BYTES)):
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        return Readiness(head.split(b" ")[1:2] == [b"200"], _as_object(body)) if head else None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def has_noted_ready(note: Path, *, pid: int) -> bool:
    """Whether the scheduler with this pid has written its status file; an earlier process's does not count."""
    try:
        said = json.loads(note.read_text())
        return isinstance(said, dict) and said.get("pid") == pid and said.get("state") == "running"
    except (OSError, ValueError):
        return False


def _as_object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _host_header(listen: str) -> str:
    host, port = reach(listen)
    if split_listen(listen)[0] == "localhost":
        host = "localhost"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
