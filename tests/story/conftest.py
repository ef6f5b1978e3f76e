"""The world of a story: fresh for each test, ended after it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from story.world import Leadline, Receiver, Site, free_ports


@pytest.fixture
def leadline(tmp_path: Path) -> Iterator[Leadline]:
    web_port, collector_port = free_ports(2)
    made = Leadline(tmp_path, web_port, collector_port)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.terminate()
        try:
            made.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            made.process.kill()
            made.process.wait()


@pytest.fixture
def site(leadline: Leadline) -> Iterator[Site]:
    made = Site(leadline.collector_url)
    yield made
    made.server.close()


@pytest.fixture
def oncall() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.close()


@pytest.fixture
def chat() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.close()
