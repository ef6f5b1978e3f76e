"""Targets of hooks, and acts of which a test shows only what matters."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hooks.receiving import Target, receiving

from leadline.guard.hooks.flag import FlagDoor
from leadline.guard.hooks.kinds import make_hook
from leadline.guard.hooks.seam import Act, Hook
from leadline.model.hooks import HookSpec

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
# Notes its words and its keys, and does what `mood` says.
PROGRAM = """
import json, os, sys, time
from pathlib import Path
here = Path(__file__).parent
said = {name: value for name, value in os.environ.items() if name.startswith("LEADLINE_")}
with (here / "ran.jsonl").open("a") as out:
    out.write(json.dumps({"words": sys.argv[1:], **said}) + "\\n")
mood = (here / "mood").read_text() if (here / "mood").exists() else "0"
if mood == "hang":
    time.sleep(600)
print("did " + " ".join(sys.argv[1:]))
sys.exit(int(mood))
"""


async def _nothing(*_: str) -> str:
    return ""


class Program:
    """A program of the test's own, for command hooks and in the place of kubectl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "program.py").write_text(PROGRAM)

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "program.py")

    def runs(self) -> list[dict[str, Any]]:
        noted = self.folder / "ran.jsonl"
        return [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []

    def be(self, mood: str) -> None:
        (self.folder / "mood").write_text(mood)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def target() -> Iterator[Target]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def hook(tmp_path: Path) -> Callable[..., Hook]:
    def make(kind: str, **said: Any) -> Hook:
        door = said.pop("door", FlagDoor(kill=_nothing, rehearse=_nothing, describe=_nothing))
        given: dict[str, Any] = {"name": "it", "kind": kind, "folder": str(tmp_path), "timeout_s": 10.0} | said
        return make_hook(HookSpec(**given), flags=door)

    return make


@pytest.fixture
def act() -> Callable[..., Act]:
    def make(**said: Any) -> Act:
        given: dict[str, Any] = {
            "action_id": "a1",
            "idempotency_key": "key-1",
            "requested_at": NOON,
            "requested_by": "verdict v1",
            "app": "shop",
            "canary": "1.5.0",
            "baseline": "1.4.2",
            "reason": "sells less",
        }
        return Act(**(given | said))

    return make
