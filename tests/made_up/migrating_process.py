"""Opens a store of an earlier schema, or compacts one, and kills itself right after a step of that.

python migrating_process.py STORE STEP
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leadline.store import compaction, migrations, open_store

# The function whose call ends the process, and which call it is.
STEPS: dict[str, tuple[Any, str, int]] = {
    "copied": (migrations.shutil, "copyfile", 1),
    "in the transaction": (migrations, "_run", 3),
    "committed": (migrations, "run_migrations", 1),
    "on disk": (migrations, "sync", 1),
    "swapped": (migrations.os, "replace", 1),
}
COMPACTING: dict[str, tuple[Any, str, int]] = {
    "some tables copied": (compaction, "_checksum", 7),
    "all tables copied": (compaction, "_copy", 1),
    "copy on disk": (compaction, "sync", 1),
    "copy swapped": (compaction.os, "replace", 1),
}


def kill_after(call: Callable[..., Any], left: int) -> Callable[..., Any]:
    """As `call`, and the process ends with the `left`-th."""

    def killing(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        answer = call(*arguments, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return killing


def main(store: str, step: str) -> None:
    where, name, which = {**STEPS, **COMPACTING}[step]
    setattr(where, name, kill_after(getattr(where, name), which))
    if step in COMPACTING:
        setattr(compaction, "WORTH_BYTES", 1)  # noqa: B010 - mypy holds a constant to its value
        compaction.compact_if_worth(Path(store))
    open_store(Path(store)).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
