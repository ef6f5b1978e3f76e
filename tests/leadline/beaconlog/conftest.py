"""Writers and readers on a real folder, and a writer in a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from leadline.beaconlog import LogReader, LogRecord, LogWriter


@asynccontextmanager
async def open_writer(folder: Path, **options: Any) -> AsyncIterator[LogWriter]:
    writer = LogWriter(folder, **options)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.close()


@pytest.fixture
def writing() -> Callable[..., Any]:
    return open_writer


@pytest.fixture
def all_records() -> Callable[[Path], list[LogRecord]]:
    def read(folder: Path) -> list[LogRecord]:
        reader = LogReader(folder)
        return [
            record for file in reader.files() for record in reader.read(file.name, after=0, limit=1_000_000).records
        ]

    return read


WRITER = """
import asyncio, sys
from pathlib import Path
from leadline.beaconlog import LogWriter

async def main(folder, acknowledge_early):
    writer = LogWriter(folder)
    await writer.start()
    async def send(sender):
        number = 0
        while True:
            body = f"{sender}-{number}".encode()
            committed = writer.append(body)
            if acknowledge_early:
                print(body.decode(), flush=True)
            assert await committed is None
            if not acknowledge_early:
                print(body.decode(), flush=True)
            number += 1
    await asyncio.gather(*(send(sender) for sender in range(20)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2] == "early"))
"""


@pytest.fixture
def start_writer() -> Callable[..., subprocess.Popen[str]]:
    """Starts a process that appends for ever and prints what it holds to be acknowledged."""

    def start(folder: Path, *, acknowledge: str = "committed") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), acknowledge], stdout=subprocess.PIPE, text=True
        )

    return start


@pytest.fixture
def append_all() -> Callable[..., Any]:
    async def append(writer: LogWriter, bodies: list[bytes]) -> list[Any]:
        return await asyncio.gather(*[_answer(writer, body) for body in bodies])

    async def _answer(writer: LogWriter, body: bytes) -> Any:
        return await writer.append(body)

    return append
