"""A lock says who holds it, ends with its holder, and is waited for only as long as its holder is worth."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadline.errors import ConfigurationError, HomeHeld
from leadline.locks import FileLock, Holder, is_held, read_holder, take_lock

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
HOLDER = """
import sys
from pathlib import Path
from leadline.clock import now
from leadline.locks import take_lock
with take_lock(Path(sys.argv[1]), what="x", settings_file=Path("x"), now=now()):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(lock: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_lock_says_who_holds_it_since_when_and_with_which_file(tmp_path: Path) -> None:
    lock = tmp_path / "home" / "run" / "up.lock"
    held = take_lock(lock, what="leadline up", settings_file=Path("/etc/leadline.toml"), now=NOW)
    with pytest.raises(HomeHeld) as caught:
        take_lock(lock, what="leadline up", settings_file=Path("x"), now=NOW)
    held.release()
    assert caught.value.message == (
        f"leadline up already runs on {tmp_path}/home: pid {os.getpid()}, since 2026-11-24 14:02:00 UTC, "
        "with /etc/leadline.toml"
    )


def test_a_lock_ends_with_its_holder_however_that_dies(tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    program = (
        "import os, sys; from pathlib import Path; from leadline.locks import take_lock; "
        "from leadline.clock import now; take_lock(Path(sys.argv[1]), what='x', settings_file=Path('x'), now=now()); "
        "os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(lock)], check=False)
    assert died.returncode == -9
    assert lock.read_text()
    assert not is_held(lock)


def test_looking_whether_a_lock_is_held_does_not_take_it(tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    assert not is_held(lock)
    held = take_lock(lock, what="x", settings_file=Path("x"), now=NOW)
    assert is_held(lock)
    held.release()
    assert not is_held(lock)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_lock_whose_text_is_spoilt_still_names_what_it_can(text: str, tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    lock.write_text(text)
    assert read_holder(lock).pid == "unknown"


def test_a_killed_holder_leaves_the_home_free(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with hold_elsewhere(lock) as holder:
        holder.kill()
    with take_lock(lock, what="x", settings_file=Path("x"), now=NOW, patience_s=0):
        assert read_holder(lock).pid == str(os.getpid())
    assert not is_held(lock)


def test_a_holder_that_is_leaving_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with hold_elsewhere(lock) as holder:
        asked: list[Holder] = []

        def patience_s(said: Holder) -> float:
            if not asked:
                holder.kill()
            asked.append(said)
            return 30.0

        with take_lock(lock, what="x", settings_file=Path("x"), now=NOW, patience_s=patience_s):
            assert asked[0].pid == str(holder.pid)


def test_a_lock_that_can_not_be_written_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigurationError, match="can't be written"):
        take_lock(tmp_path / "home" / "up.lock", what="x", settings_file=Path("x"), now=NOW)


def test_a_second_lock_of_one_process_is_turned_away_too_and_can_wait(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "a.lock"), FileLock(tmp_path / "a.lock")
    assert first.take()
    assert not second.take()
    first.release(remove=True)
    assert second.take(wait=True)
    second.release()
