"""The scheduler minds the flags: it notes the file's, and publishes where a publisher died."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline import clock
from leadline.guard.flag_file import read_published
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline_scheduler.flag_upkeep import FlagKeeping
from leadline_scheduler.records_thread import RecordsThread

TOML = """
[[app]]
name = "shop"
[[flag]]
key = "new-checkout"
app = "shop"
variants = { on = true, off = false }
default = "off"
"""


@pytest.fixture
def thread() -> Iterator[RecordsThread]:
    thread = RecordsThread()
    yield thread
    thread.close()


def write(folder: Path, text: str) -> Settings:
    (folder / "leadline.toml").write_text(text)
    return load_settings(folder / "leadline.toml")


async def test_the_file_s_flags_are_noted_and_published_and_again_when_it_is_saved(
    tmp_path: Path, thread: RecordsThread
) -> None:
    settings = write(tmp_path, TOML)
    records = Records.open(settings.paths.records)
    keeping = FlagKeeping(settings, records=records, thread=thread, wall=clock.now)
    await keeping.look()
    await keeping.look()
    assert [change.action for change in records.flag_changes()] == ["configured"]
    assert read_published(settings.paths.home) == tuple(records.flag_states())
    keeping.follow(write(tmp_path, TOML.replace('default = "off"', 'default = "on"')))
    await keeping.look()
    assert [change.variant for change in records.flag_changes()] == ["on", "off"]
    assert read_published(settings.paths.home) == tuple(records.flag_states())
    records.close()


async def test_a_snapshot_that_was_lost_is_published_again(tmp_path: Path, thread: RecordsThread) -> None:
    settings = write(tmp_path, TOML)
    records = Records.open(settings.paths.records)
    keeping = FlagKeeping(settings, records=records, thread=thread, wall=clock.now)
    await keeping.look()
    (settings.paths.home / "flags.json").unlink()
    await keeping.look()
    assert read_published(settings.paths.home) == tuple(records.flag_states())
    records.close()
